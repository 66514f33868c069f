import { ClientKafka } from '@nestjs/microservices';
import { lastValueFrom, timeout } from 'rxjs';
import { KAFKA_TOPIC } from '../names.js';
import type { BaselineDecision } from '../row-lock.js';
import type { BaselineQueue } from './function-queue.js';

/** Longest wait for an answer, ms. Nest has no bound of its own. */
const WITHIN_MS = 30_000;

/** Nest's own Kafka transport as its documentation has it: subscribe to the reply topic, send, wait. */
export async function kafkaQueue(): Promise<BaselineQueue> {
  const client = new ClientKafka({
    client: { clientId: 'gateway', brokers: [`127.0.0.1:${process.env['KAFKA_PORT']}`] },
    consumer: { groupId: 'gateway', maxWaitTimeInMs: 100 },
    // Every replica has it, and so the disk: the topic flushes each message.
    send: { acks: -1 },
  });
  client.subscribeToResponseOf(KAFKA_TOPIC);
  await client.connect();
  return {
    decide: async ({ requestId, saleId, userId, quantity }) => {
      const message = { key: userId, value: JSON.stringify({ requestId, saleId, userId, quantity }) };
      const answer = client
        .send<{ decision: BaselineDecision }>(KAFKA_TOPIC, message)
        .pipe(timeout(WITHIN_MS));
      return (await lastValueFrom(answer)).decision;
    },
    close: () => client.close(),
  };
}
