import { ConfigurableModuleBuilder, Module, type Provider } from '@nestjs/common';
import { InventoryClient } from './inventory-client.js';
import type { InventoryClientOptions } from './settings.js';

/** What the module itself does with the client. */
export interface InventoryClientModuleExtras {
  /**
   * Whether the client closes with the Nest application, after HTTP. An app that stops in an order of its own sets this
   * to false and closes the client itself.
   * @default true
   */
  closeOnShutdown?: boolean;
}

const closing: Provider = {
  provide: Symbol('closes the inventory client'),
  inject: [InventoryClient],
  useFactory: (client: InventoryClient) => ({ onApplicationShutdown: () => client.close() }),
};

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<InventoryClientOptions>()
    .setExtras<InventoryClientModuleExtras>({ closeOnShutdown: true }, (definition, { closeOnShutdown }) => ({
      ...definition,
      providers: [...(definition.providers ?? []), ...(closeOnShutdown ? [closing] : [])],
    }))
    .build();

/**
 * Provides an `InventoryClient`:
 *
 *     InventoryClientModule.register({ registry })
 *     InventoryClientModule.registerAsync({
 *       imports: [registryModule],
 *       inject: [REGISTRY],
 *       useFactory: (registry: Registry) => ({ registry }),
 *     })
 */
@Module({
  providers: [
    {
      provide: InventoryClient,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: (options: InventoryClientOptions) => new InventoryClient(options),
    },
  ],
  exports: [InventoryClient],
})
export class InventoryClientModule extends ConfigurableModuleClass {}
