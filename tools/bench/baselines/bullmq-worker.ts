import { newInstanceId } from '@seckill/registry';
import { run } from '@seckill/runtime';
import { Worker } from 'bullmq';
import { createServer } from 'node:http';
import { BULLMQ_QUEUE } from './names.js';
import { RowLockStore, type RowLockPurchase } from './row-lock.js';

// Takes jobs from BullMQ, each in a transaction of its own.

const CONCURRENCY = 64;
const CONNECTIONS = 32;

await run({ app: 'bullmq-worker', instanceId: newInstanceId('bullmq-worker') }, async () => {
  const store = new RowLockStore(process.env['DATABASE_URL']!, CONNECTIONS);
  const connection = { host: '127.0.0.1', port: Number(process.env['REDIS_PORT']) };
  const worker = new Worker<RowLockPurchase, string>(BULLMQ_QUEUE, ({ data }) => store.decide(data), {
    connection,
    concurrency: CONCURRENCY,
  });
  await worker.waitUntilReady();
  const health = createServer((_, response) => response.end('{}'));
  health.listen(Number(process.env['HTTP_PORT']), '127.0.0.1');
  return {
    stopWithinMs: 10_000,
    stop: async () => {
      health.close();
      await worker.close();
      await store.close();
    },
  };
});
