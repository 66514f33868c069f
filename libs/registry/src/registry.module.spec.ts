import { describe, expect, it } from '@jest/globals';
import type { DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RegistryClosedError, UnsupportedRegistryError } from './errors.js';
import { newInstanceId } from './instance.js';
import { REGISTRY, RegistryModule } from './registry.module.js';
import type { Registry } from './registry.js';

// Nothing listens there: a registry opens all the same.
const url = 'postgres://127.0.0.1:1/registry';

async function open(module: DynamicModule) {
  const app = await Test.createTestingModule({ imports: [module] }).compile();
  const registry = app.get<Registry>(REGISTRY, { strict: false });
  const register = () => {
    const signal = AbortSignal.abort(new Error('open'));
    const instance = { id: newInstanceId('a'), role: 'a', address: 'a:1', startedAt: 1 };
    return registry.register(instance, { signal });
  };
  return { app, registry, register };
}

describe('RegistryModule', () => {
  it('opens a registry, and closes it with the application', async () => {
    const { app, registry, register } = await open(RegistryModule.register({ url }));
    expect(registry.list('gateway')).toEqual([]);
    await expect(register()).rejects.toThrow('open');
    await app.close();
    await expect(register()).rejects.toThrow(RegistryClosedError);
  });

  it('takes its options from a factory, and leaves the closing to an app that wants it', async () => {
    const settings = { provide: 'URL', useValue: url };
    const imports = [{ module: class Settings {}, providers: [settings], exports: [settings] }];
    const useFactory = (url: string) => ({ url });
    const { app, registry, register } = await open(
      RegistryModule.registerAsync({ imports, inject: ['URL'], useFactory, closeOnShutdown: false }),
    );
    await app.close();
    await expect(register()).rejects.toThrow('open');
    await registry.close();
  });

  it('refuses a URL that no registry has', async () => {
    await expect(open(RegistryModule.register({ url: 'redis://host' }))).rejects.toThrow(
      UnsupportedRegistryError,
    );
  });
});
