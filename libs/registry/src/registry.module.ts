import { ConfigurableModuleBuilder, Module, type Provider } from '@nestjs/common';
import { openRegistry } from './open-registry.js';
import type { Registry, RegistryOptions } from './registry.js';

/** Injects the `Registry` of a `RegistryModule`. */
export const REGISTRY = Symbol('REGISTRY');

/** Which registry to open. */
export interface RegistryModuleOptions extends RegistryOptions {
  /** As `openRegistry` takes it, such as `etcd://host:2379`. */
  url: string;
}

/** What the module itself does with the registry. */
export interface RegistryModuleExtras {
  /**
   * Whether the registry closes with the Nest application, after HTTP. An app that stops in an order of its own sets
   * this to false and closes the registry itself.
   * @default true
   */
  closeOnShutdown?: boolean;
}

const closing: Provider = {
  provide: Symbol('closes the registry'),
  inject: [REGISTRY],
  useFactory: (registry: Registry) => ({ onApplicationShutdown: () => registry.close() }),
};

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<RegistryModuleOptions>()
    .setExtras<RegistryModuleExtras>({ closeOnShutdown: true }, (definition, { closeOnShutdown }) => ({
      ...definition,
      providers: [...(definition.providers ?? []), ...(closeOnShutdown ? [closing] : [])],
    }))
    .build();

/**
 * Opens a registry when the application is created, and provides it as `REGISTRY`:
 *
 *     RegistryModule.register({ url: 'etcd://127.0.0.1:2379' })
 *     RegistryModule.registerAsync({ imports, inject, useFactory: (settings) => ({ url: settings.REGISTRY_URL }) })
 *
 * Does not fail when the store is down, as `openRegistry`.
 * @throws UnsupportedRegistryError, InvalidRegistryUrlError while the application is created
 */
@Module({
  providers: [
    {
      provide: REGISTRY,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: ({ url, ...options }: RegistryModuleOptions) => openRegistry(url, options),
    },
  ],
  exports: [REGISTRY],
})
export class RegistryModule extends ConfigurableModuleClass {}
