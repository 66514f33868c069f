import { ConfigurableModuleBuilder, Module, type InjectionToken, type Provider } from '@nestjs/common';
import { RocketMqClient, type RocketMqClientOptions } from '../client/rocketmq-client.js';

/** What the module itself does with the client. */
export interface RocketMqModuleExtras {
  /** The token that the client is injected by: an app with several clients names each. @default RocketMqClient */
  name?: InjectionToken;
  /**
   * Whether the client closes with the Nest application, after HTTP. An app that stops in an order of its own sets this
   * to false and closes the client itself.
   * @default true
   */
  closeOnShutdown?: boolean;
}

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<RocketMqClientOptions>()
    .setExtras<RocketMqModuleExtras>(
      { name: RocketMqClient, closeOnShutdown: true },
      (definition, { name = RocketMqClient, closeOnShutdown }) => ({
        ...definition,
        providers: [
          ...(definition.providers ?? []),
          clientAs(name),
          ...(closeOnShutdown ? [closing(name)] : []),
        ],
        exports: [name],
      }),
    )
    .build();

function clientAs(name: InjectionToken): Provider {
  return {
    provide: name,
    inject: [MODULE_OPTIONS_TOKEN],
    useFactory: (options: RocketMqClientOptions) => new RocketMqClient(options),
  };
}

function closing(name: InjectionToken): Provider {
  return {
    provide: Symbol('closes the RocketMQ client'),
    inject: [name],
    useFactory: (client: RocketMqClient) => ({ onApplicationShutdown: () => client.close() }),
  };
}

/**
 * Provides a `RocketMqClient`, as Nest's `ClientsModule` provides those of built-in transports:
 *
 *     RocketMqModule.register({ connection, topic: 'greetings', replies })
 *     RocketMqModule.registerAsync({
 *       imports: [registryModule],
 *       inject: [REGISTRY],
 *       useFactory: (registry: Registry) => ({ connection, topic: 'greetings', replies: repliesBy(registry) }),
 *     })
 *
 * Call `connect()` on it before the app listens: it is then reachable by answers.
 */
@Module({})
export class RocketMqModule extends ConfigurableModuleClass {}
