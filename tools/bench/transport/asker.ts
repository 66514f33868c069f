import { setTimeout as sleep } from 'node:timers/promises';
import { Latencies } from '@tools/load';
import { GrpcReplyReceiver, RocketMqClient, RocketMqRecordBuilder } from '@seckill/messaging';
import { newInstanceId, openRegistry } from '@seckill/registry';
import { Registry } from 'prom-client';
import { serveOrders, type RoundProgress } from '../forked/serve-orders.js';
import { metric } from '../measure/counters.js';
import type { AskerOrder, AskerSeen, Weighed } from './order.js';
import { ASKER_ROLE, TRANSPORT_TOPIC } from './topology.js';

// Asks over the transport, without HTTP.

const PAYLOAD = { saleId: 'a-sale', userId: 'buyer-123456', quantity: 1 };
const ANSWERED_WITHIN_MS = 30_000;
/** Weighed waiters have left the buffer by then, and are still waiting. */
const SETTLE_MS = 10_000;
const WEIGHED_FOR_MS = 600_000;

const metrics = new Registry();
const registry = await openRegistry(process.env['REGISTRY_URL']!, { applicationName: 'bench' });
const id = newInstanceId(ASKER_ROLE);
const replies = new GrpcReplyReceiver({ instanceId: id, host: '127.0.0.1', port: 0 });
const client = new RocketMqClient({
  connection: { endpoints: process.env['ROCKETMQ_ENDPOINTS']! },
  topic: TRANSPORT_TOPIC,
  replies,
  maxWaiting: 100_000,
  connectTimeoutMs: 90_000,
  metrics,
});
await client.connect();
await registry.register({
  id,
  role: ASKER_ROLE,
  address: `127.0.0.1:${replies.port}`,
  startedAt: Date.now(),
});

serveOrders<AskerOrder>((order, progress) =>
  order.kind === 'load' ? load(order, progress) : weigh(order.waiters),
);

async function load(
  { inFlight, rampMs, measureMs }: Extract<AskerOrder, { kind: 'load' }>,
  progress: RoundProgress,
): Promise<AskerSeen> {
  let latencies = new Latencies();
  let failed = 0;
  const state = { on: true, running: 0 };
  const ask = () => {
    state.running++;
    const since = performance.now();
    const record = new RocketMqRecordBuilder(PAYLOAD).setTimeout(ANSWERED_WITHIN_MS).build();
    const end = () => {
      state.running--;
      if (state.on) ask();
    };
    client.send('echo', record).subscribe({
      error: () => {
        failed++;
        // What fails at once must not spin.
        setTimeout(end, 10);
      },
      complete: () => {
        latencies.record(performance.now() - since);
        end();
      },
    });
  };
  for (let i = 0; i < inFlight; i++) ask();
  await sleep(rampMs);
  latencies = new Latencies();
  failed = 0;
  const [envelopes, began] = [await envelopesSent(), performance.now()];
  progress.measuring();
  await sleep(measureMs);
  const [seen, elapsedMs] = [latencies, performance.now() - began];
  latencies = new Latencies();
  progress.measured();
  const sent = (await envelopesSent()) - envelopes;
  state.on = false;
  while (state.running > 0) await sleep(10);
  return {
    requests: seen.count,
    elapsedMs,
    failed,
    p50: seen.percentile(50),
    p99: seen.percentile(99),
    envelopes: sent,
  };
}

async function weigh(waiters: number): Promise<Weighed> {
  const record = () => new RocketMqRecordBuilder(PAYLOAD).setTimeout(WEIGHED_FOR_MS).build();
  const before = heapInUse();
  const subscriptions = Array.from({ length: waiters }, () =>
    client.send('echo', record()).subscribe({ error: () => {} }),
  );
  await sleep(SETTLE_MS);
  if (client.waiting !== waiters) throw new Error(`${client.waiting} of ${waiters} are waiting`);
  const heapBytes = heapInUse() - before;
  for (const subscription of subscriptions) subscription.unsubscribe();
  return { heapBytes };
}

function heapInUse(): number {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error('run with --expose-gc');
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

const envelopesSent = async () => metric(await metrics.metrics(), 'messaging_client_envelope_requests_count');
