import { afterEach, describe, expect, it } from '@jest/globals';
import { Logger, type DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { lastValueFrom } from 'rxjs';
import { RocketMqClient } from '../client/rocketmq-client.js';
import { ClosedError } from '../errors.js';
import { GrpcReplyReceiver } from '../replies/grpc-reply-receiver.js';
import { RocketMqServer } from '../server/rocketmq-server.js';
import { RocketMqModule } from './rocketmq.module.js';
import { REPLY_SENDER, RocketMqServerModule } from './rocketmq-server.module.js';

// No broker listens there: a client is made, and closed, all the same.
const connection = { endpoints: '127.0.0.1:1' };

const optionsOf = (topic: string) => ({
  connection,
  topic,
  replies: new GrpcReplyReceiver({ instanceId: 'web-1', host: '127.0.0.1', port: 0 }),
  connectTimeoutMs: 50,
});

/** A module of somebody else's that provides a topic. */
const topics = (topic: string): DynamicModule => ({
  module: class Topics {},
  providers: [{ provide: 'TOPIC', useValue: topic }],
  exports: ['TOPIC'],
});

const start = (...imports: DynamicModule[]) => Test.createTestingModule({ imports }).compile();

/** What becomes of a request: why it is refused, or that it is waited for. */
async function fateOf(client: RocketMqClient): Promise<unknown> {
  return lastValueFrom(client.send('greet', 'ann')).catch((error: unknown) => error);
}

Logger.overrideLogger(false);
const clients: RocketMqClient[] = [];
afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

describe('RocketMqModule', () => {
  it('provides a client, and closes it with the application', async () => {
    const app = await start(RocketMqModule.register(optionsOf('greetings')));
    const client = app.get(RocketMqClient, { strict: false });
    expect(await fateOf(client)).not.toBeInstanceOf(ClosedError);
    await app.close();
    expect(await fateOf(client)).toBeInstanceOf(ClosedError);
  });

  it('takes the options of several clients from factories, and tells the clients apart by name', async () => {
    const named = (name: string) =>
      RocketMqModule.registerAsync({
        name,
        imports: [topics(name.toLowerCase())],
        inject: ['TOPIC'],
        useFactory: (topic: string) => optionsOf(topic),
      });
    const app = await start(named('NOTES'), named('PURCHASES'));
    const of = (name: string) => app.get<RocketMqClient>(name, { strict: false });
    expect(of('NOTES')).toBeInstanceOf(RocketMqClient);
    expect(of('PURCHASES')).not.toBe(of('NOTES'));
    await app.close();
  });

  it('leaves the closing to an app that stops in an order of its own', async () => {
    const app = await start(RocketMqModule.register({ ...optionsOf('greetings'), closeOnShutdown: false }));
    const client = app.get(RocketMqClient, { strict: false });
    clients.push(client);
    await app.close();
    expect(await fateOf(client)).not.toBeInstanceOf(ClosedError);
  });
});

describe('RocketMqServerModule', () => {
  it('provides a strategy that is made of what the app injects', async () => {
    const replies = { send: async () => 'settled' as const, close: async () => {} };
    const app = await start(
      RocketMqServerModule.registerAsync({
        imports: [topics('greetings')],
        inject: ['TOPIC'],
        useFactory: (topic: string) => ({
          connection,
          group: 'greeter',
          topic,
          retryTopic: `${topic}-retry`,
          deadLetterTopic: `${topic}-dead`,
          replies,
        }),
      }),
    );
    const strategy = app.get(RocketMqServer, { strict: false });
    const error = await new Promise((resolve) => strategy.listen(resolve));
    expect(String(error)).toContain('no handler for topic greetings');
    expect(app.get(REPLY_SENDER, { strict: false })).toBe(replies);
    await strategy.close();
    await app.close();
  });
});
