import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type DynamicModule, Get } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { MemoryRegistry } from '@seckill/registry';
import { InventoryUnavailableError } from './errors.js';
import { InventoryClient } from './inventory-client.js';
import { InventoryClientModule } from './inventory-client.module.js';
import { FakeInventory } from './testing/fake-inventory.js';

@Controller()
class SaleController {
  constructor(private readonly inventory: InventoryClient) {}

  @Get('known')
  known(): { known: boolean } {
    return { known: this.inventory.known };
  }
}

let registry: MemoryRegistry;
let inventory: FakeInventory;

beforeEach(async () => {
  registry = new MemoryRegistry();
  inventory = await FakeInventory.start();
  await inventory.register(registry);
  await new Promise<void>((resolve) => {
    registry.watch('inventory', (instances) => instances.length > 0 && resolve());
  });
});
afterEach(async () => {
  inventory.crash();
  await registry.close();
});

async function start(module: DynamicModule) {
  const testing = await Test.createTestingModule({
    imports: [module],
    controllers: [SaleController],
  }).compile();
  const app = testing.createNestApplication(new FastifyAdapter());
  await app.listen(0, '127.0.0.1');
  return { app, client: app.get(InventoryClient, { strict: false }) };
}

describe('InventoryClientModule', () => {
  it('provides a client that finds inventory in the registry', async () => {
    const { app } = await start(InventoryClientModule.register({ registry }));
    expect(await (await fetch(`${await app.getUrl()}/known`)).json()).toEqual({ known: true });
    await app.close();
  });

  it('closes the client with the application, after HTTP', async () => {
    const { app, client } = await start(InventoryClientModule.register({ registry }));
    const steps: string[] = [];
    const close = client.close.bind(client);
    client.close = () => (steps.push('client'), close());
    app.getHttpServer().once('close', () => steps.push('HTTP'));
    await app.close();
    expect(steps).toEqual(['HTTP', 'client']);
  });

  it('takes its options from a factory, and leaves the closing to an app that wants it', async () => {
    const known = { provide: MemoryRegistry, useValue: registry };
    const { app, client } = await start(
      InventoryClientModule.registerAsync({
        imports: [{ module: class Registries {}, providers: [known], exports: [known] }],
        inject: [MemoryRegistry],
        useFactory: (registry: MemoryRegistry) => ({ registry }),
        closeOnShutdown: false,
      }),
    );
    await app.close();
    expect(await client.getSale('sale')).toBeDefined();
    await client.close();
    await expect(client.getSale('sale')).rejects.toThrow(InventoryUnavailableError);
  });
});
