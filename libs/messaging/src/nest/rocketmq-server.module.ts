import { ConfigurableModuleBuilder, Module } from '@nestjs/common';
import { RocketMqServer, type RocketMqServerOptions } from '../server/rocketmq-server.js';

/** Injects the `ReplySender` of a `RocketMqServerModule`: the `replies` of its options. */
export const REPLY_SENDER = Symbol('REPLY_SENDER');

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<RocketMqServerOptions>().build();

/**
 * Provides a `RocketMqServer`, so that it can be made of what the app injects:
 *
 *     RocketMqServerModule.register({ connection, group, topic, retryTopic, deadLetterTopic, replies })
 *     RocketMqServerModule.registerAsync({
 *       imports: [registryModule],
 *       inject: [REGISTRY],
 *       useFactory: (registry: Registry) => ({ …, replies: new GrpcReplySender({ registry }) }),
 *     })
 *     app.connectMicroservice({ strategy: app.get(RocketMqServer, { strict: false }) });
 *
 * Nest closes a connected strategy with the application. The `REPLY_SENDER` is closed by the app, after the server.
 */
@Module({
  providers: [
    {
      provide: RocketMqServer,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: (options: RocketMqServerOptions) => new RocketMqServer(options),
    },
    {
      provide: REPLY_SENDER,
      inject: [MODULE_OPTIONS_TOKEN],
      useFactory: ({ replies }: RocketMqServerOptions) => replies,
    },
  ],
  exports: [RocketMqServer, REPLY_SENDER],
})
export class RocketMqServerModule extends ConfigurableModuleClass {}
