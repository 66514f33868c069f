import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { RocketMqServer, type RocketMqServerOptions } from '../server/rocketmq-server.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<RocketMqServerOptions>().build();

/**
 * Provides a `RocketMqServer`, so that it can be made of what the app injects:
 *
 *     RocketMqServerModule.registerAsync({
 *       imports: [registryModule],
 *       inject: [REGISTRY],
 *       useFactory: (registry: Registry) => ({ connection, group, topic, retryTopic, deadLetterTopic, replies }),
 *     })
 *     app.connectMicroservice({ strategy: app.get(RocketMqServer, { strict: false }) });
 *
 * Nest closes a strategy that is connected before it runs its shutdown hooks; closing it earlier does no harm.
 */
@Module({
  providers: [
    {
      provide: RocketMqServer,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: (options: RocketMqServerOptions) => new RocketMqServer(options),
    },
  ],
  exports: [RocketMqServer],
})
export class RocketMqServerModule extends ConfigurableModuleClass {}
