import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** Counters of the client. One instance per client. */
export class ClientMetrics {
  readonly settled: Counter<'outcome'>;
  readonly late: Counter;
  readonly envelope: Histogram;
  readonly envelopeSeconds: Histogram;

  /**
   * @param now what is read on every scrape
   * @param register where they are shown. @default a registry of their own
   */
  constructor(now: { waiting(): number; buffered(): number }, register: Registry = new Registry()) {
    const registers = [register];
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    gauge('messaging_client_waiting_requests', 'Requests that wait for an answer', () => now.waiting());
    gauge('messaging_client_buffered_requests', 'Requests still in the gather buffer', () => now.buffered());
    this.settled = new Counter({
      name: 'messaging_client_settled_requests_total',
      help: 'Requests that ended, by how',
      labelNames: ['outcome'],
      registers,
    });
    this.late = new Counter({
      name: 'messaging_client_late_replies_total',
      help: 'Replies for which nobody waited (any more)',
      registers,
    });
    this.envelope = new Histogram({
      name: 'messaging_client_envelope_requests',
      help: 'Requests in one envelope',
      buckets: BATCH_BUCKETS,
      registers,
    });
    this.envelopeSeconds = new Histogram({
      name: 'messaging_client_envelope_seconds',
      help: 'Time until the broker confirmed an envelope',
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
  }
}

/** Counters of the server. One instance per server. */
export class ServerMetrics {
  readonly inFlight: Gauge;
  readonly paused: Gauge;
  readonly envelope: Histogram;
  readonly processed: Counter<'outcome'>;
  readonly redelivered: Counter;
  readonly acks: Counter<'outcome'>;
  readonly handlerSeconds: Histogram;

  /** @param register where they are shown. @default a registry of their own */
  constructor(register: Registry = new Registry()) {
    const registers = [register];
    this.inFlight = new Gauge({
      name: 'messaging_server_requests_in_flight',
      help: 'Requests that are being handled',
      registers,
    });
    this.paused = new Gauge({
      name: 'messaging_server_paused',
      help: '1 while receiving is paused because a handler depends on something unavailable',
      registers,
    });
    this.envelope = new Histogram({
      name: 'messaging_server_envelope_requests',
      help: 'Requests in one received envelope',
      buckets: BATCH_BUCKETS,
      registers,
    });
    this.processed = new Counter({
      name: 'messaging_server_processed_requests_total',
      help: 'Requests that were dealt with, by how',
      labelNames: ['outcome'],
      registers,
    });
    this.redelivered = new Counter({
      name: 'messaging_server_redelivered_messages_total',
      help: 'Messages that the broker delivered again',
      registers,
    });
    this.acks = new Counter({
      name: 'messaging_server_acks_total',
      help: 'Acks, by whether the broker took them',
      labelNames: ['outcome'],
      registers,
    });
    this.handlerSeconds = new Histogram({
      name: 'messaging_server_envelope_seconds',
      help: 'Time from receiving a message to its ack',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
  }
}

/** Counters of the reply sender. One instance per sender. */
export class ReplyMetrics {
  readonly delivered: Counter<'outcome'>;
  readonly batch: Histogram;
  readonly unreachable: Counter<'reason'>;

  /** @param register where they are shown. @default a registry of their own */
  constructor(register: Registry = new Registry()) {
    const registers = [register];
    this.delivered = new Counter({
      name: 'messaging_replies_total',
      help: 'Replies, by what became of them',
      labelNames: ['outcome'],
      registers,
    });
    this.batch = new Histogram({
      name: 'messaging_reply_batch_size',
      help: 'Replies in one call to a waiting instance',
      buckets: BATCH_BUCKETS,
      registers,
    });
    this.unreachable = new Counter({
      name: 'messaging_reply_failures_total',
      help: 'Replies that did not arrive, by why',
      labelNames: ['reason'],
      registers,
    });
  }
}
