import { Queue, QueueEvents } from 'bullmq';
import { BULLMQ_QUEUE } from '../names.js';
import type { BaselineDecision } from '../row-lock.js';
import type { BaselineQueue } from './function-queue.js';

/** Longest wait for a job's result, ms. */
const WITHIN_MS = 30_000;

/** BullMQ as its documentation has it: add a job, wait until it is finished. */
export async function bullMqQueue(): Promise<BaselineQueue> {
  const connection = { host: '127.0.0.1', port: Number(process.env['REDIS_PORT']) };
  const queue = new Queue(BULLMQ_QUEUE, { connection });
  const events = new QueueEvents(BULLMQ_QUEUE, { connection });
  events.setMaxListeners(0);
  await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
  return {
    decide: async ({ requestId, saleId, userId, quantity }) => {
      const options = { jobId: requestId, removeOnComplete: true, removeOnFail: true };
      const job = await queue.add('purchase', { requestId, saleId, userId, quantity }, options);
      return (await job.waitUntilFinished(events, WITHIN_MS)) as BaselineDecision;
    },
    close: async () => {
      await events.close();
      await queue.close();
    },
  };
}
