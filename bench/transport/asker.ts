import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@seckill/clock';
import { Latencies } from '@seckill/load';
import { GrpcReplyReceiver, RocketMqClient, RocketMqRecordBuilder } from '@seckill/messaging';
import { newInstanceId, openRegistry } from '@seckill/registry';
import { Registry } from 'prom-client';
import type { EnvelopeSender } from '../../libs/messaging/src/client/envelope-sender.js';
import { PendingRequest } from '../../libs/messaging/src/client/pending-request.js';
import { WaitingRequests } from '../../libs/messaging/src/client/waiting-requests.js';
import type { EnvelopeRequest } from '../../libs/messaging/src/envelope.js';
import type { Reply } from '../../libs/messaging/src/replies/reply-channel.js';
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

serveOrders<AskerOrder>((order, progress) => {
  switch (order.kind) {
    case 'load':
      return load(order, progress);
    case 'weigh':
      return weigh(order.waiters);
    case 'weigh alone':
      return weighAlone(order.waiters);
  }
});

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

/** The entry in the table, its timer, and all that the client makes to end one request. */
async function weighAlone(waiters: number): Promise<Weighed> {
  const waiting = new WaitingRequests<Reply>(waiters, systemClock);
  const sender = { send: async () => ({ sent: 'yes' }) } as unknown as EnvelopeSender;
  const heard: unknown[] = [];
  const add = (request: EnvelopeRequest) => {
    const startedAt = Date.now();
    const facts = () => ({
      pattern: 'echo',
      requestId: request.requestId,
      elapsedMs: Date.now() - startedAt,
    });
    new PendingRequest({
      pattern: 'echo',
      request,
      waiting,
      sender,
      timeoutMs: WEIGHED_FOR_MS,
      deserialize: (bytes) => [bytes, startedAt],
      isClosing: () => startedAt < 0,
      facts,
      next: (response) => heard.push(response, startedAt),
      finish: (outcome) => heard.push(outcome, startedAt),
    }).start();
  };
  const requests = Array.from({ length: waiters }, (_, n): EnvelopeRequest => ({
    requestId: String(n),
    correlationId: 0,
    payload: Buffer.alloc(0),
    sentAtMs: 0,
    expiresAtMs: 0,
    failures: 0,
    orderingKey: '',
    headers: {},
  }));
  const before = heapInUse();
  for (const request of requests) add(request);
  await sleep(100);
  if (waiting.size !== waiters) throw new Error(`${waiting.size} of ${waiters} are waiting`);
  const heapBytes = heapInUse() - before;
  waiting.expireAll();
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
