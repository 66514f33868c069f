import { Counter, Gauge, Histogram, Registry, type Metric } from 'prom-client';

// Names follow OpenTelemetry's semantic conventions for messaging where they have one, in Prometheus' spelling: a
// message
// there is one RocketMQ message, that is, an envelope. The other names are in the same style.

const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
const SYSTEM = { messaging_system: 'rocketmq' };
const DESTINATION = ['messaging_system', 'messaging_destination_name'] as const;

/** Metrics of one process. Clients and servers with the same registry share them, with different labels. */
class Metrics {
  constructor(private readonly register: Registry) {}

  counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return this.once(name, (registers) => new Counter({ name, help, labelNames, registers }));
  }

  histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly L[] = [],
  ): Histogram<L> {
    return this.once(name, (registers) => new Histogram({ name, help, buckets, labelNames, registers }));
  }

  gauge<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    return this.once(name, (registers) => new Gauge({ name, help, labelNames, registers }));
  }

  /** A gauge that is read on every scrape: the readings of all that share its name. */
  readings<L extends string>(
    name: string,
    help: string,
    labels: Record<L, string>,
    read: () => number,
  ): void {
    this.collected<Gauge<L>>(name, (registers, collect) => {
      return new Gauge({ name, help, labelNames: Object.keys(labels) as L[], registers, collect });
    }).push((gauge: Gauge<L>) => gauge.inc(labels, read()));
  }

  /** A counter whose values are kept in a plain map and read on a scrape: labels would cost too much per request. */
  counts<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    read: () => Iterable<readonly [labels: Record<L, string>, count: number]>,
  ): void {
    this.collected<Counter<L>>(name, (registers, collect) => {
      return new Counter({ name, help, labelNames, registers, collect });
    }).push((counter: Counter<L>) => {
      for (const [labels, count] of read()) counter.inc(labels, count);
    });
  }

  /** A metric that is collected on every scrape: it is reset, then each reader adds its values. */
  private collected<M extends Metric & { reset(): void }>(
    name: string,
    make: (registers: Registry[], collect: (this: M) => void) => M,
  ): ((metric: M) => void)[] {
    return this.once(name, (registers) => {
      const readers: ((metric: M) => void)[] = [];
      const made = make(registers, function () {
        this.reset();
        for (const reader of readers) reader(this);
      });
      return Object.assign(made, { readers });
    }).readers;
  }

  private once<M extends Metric>(name: string, make: (registers: Registry[]) => M): M {
    // Only this class registers these names, each always with the same type.
    return (this.register.getSingleMetric(name) as M | undefined) ?? make([this.register]);
  }
}

/** Counts by outcome. */
class OutcomeCounts {
  readonly #counts = new Map<string, number>();

  add(outcome: string): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
  }

  /** All counts, with these labels beside `outcome`. */
  *labelled<L extends string>(
    labels: Record<L, string>,
  ): Iterable<[typeof labels & { outcome: string }, number]> {
    for (const [outcome, count] of this.#counts) yield [{ ...labels, outcome }, count];
  }
}

/** The result of one attempt to send an envelope. */
export type SendEnd = 'stored' | 'not-stored' | 'unknown';

/** Metrics of a client. */
export class ClientMetrics {
  readonly #labels: Record<(typeof DESTINATION)[number], string>;
  readonly #settled = new OutcomeCounts();
  readonly #late: Counter<(typeof DESTINATION)[number]>;
  readonly #abandoned: Counter<(typeof DESTINATION)[number] | 'reason'>;
  readonly #requests: Histogram<(typeof DESTINATION)[number]>;
  readonly #sent: Counter<(typeof DESTINATION)[number] | 'error_type'>;
  readonly #seconds: Histogram<(typeof DESTINATION)[number] | 'messaging_operation_name' | 'error_type'>;

  /**
   * @param now values that are read on every scrape
   * @param register the registry. @default one of their own
   */
  constructor(
    topic: string,
    now: { waiting(): number; buffered(): number },
    register: Registry = new Registry(),
  ) {
    const metrics = new Metrics(register);
    this.#labels = { ...SYSTEM, messaging_destination_name: topic };
    metrics.readings(
      'messaging_client_waiting_requests',
      'Requests that wait for an answer',
      this.#labels,
      () => now.waiting(),
    );
    metrics.readings(
      'messaging_client_buffered_requests',
      'Requests still in the gather buffer',
      this.#labels,
      () => now.buffered(),
    );
    metrics.counts(
      'messaging_client_settled_requests_total',
      'Requests that ended, by outcome',
      [...DESTINATION, 'outcome'],
      () => this.#settled.labelled(this.#labels),
    );
    this.#late = metrics.counter(
      'messaging_client_late_replies_total',
      'Replies that came after their request had ended',
      DESTINATION,
    );
    this.#abandoned = metrics.counter(
      'messaging_client_abandoned_requests_total',
      'Requests that the broker has not confirmed and that are not retried any more, by reason',
      [...DESTINATION, 'reason'],
    );
    this.#requests = metrics.histogram(
      'messaging_client_envelope_requests',
      'Requests in one envelope',
      BATCH_BUCKETS,
      DESTINATION,
    );
    this.#sent = metrics.counter(
      'messaging_client_sent_messages_total',
      'Attempts to send an envelope, by error',
      [...DESTINATION, 'error_type'],
    );
    this.#seconds = metrics.histogram(
      'messaging_client_operation_duration_seconds',
      'Time until the broker confirmed an envelope',
      [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      [...DESTINATION, 'messaging_operation_name', 'error_type'],
    );
  }

  /** A request ended. */
  settled(outcome: string): void {
    this.#settled.add(outcome);
  }

  /** A reply came without a waiter. */
  late(): void {
    this.#late.inc(this.#labels);
  }

  /** Unconfirmed requests are not retried any more. */
  abandoned(requests: number, reason: string): void {
    this.#abandoned.inc({ ...this.#labels, reason }, requests);
  }

  /** One attempt to send an envelope has ended. */
  sent(requests: number, seconds: number, end: SendEnd): void {
    const labels = { ...this.#labels, error_type: end === 'stored' ? '' : end };
    this.#requests.observe(this.#labels, requests);
    this.#sent.inc(labels);
    this.#seconds.observe({ ...labels, messaging_operation_name: 'send' }, seconds);
  }
}

/** How a request ended at the server. */
export type ProcessedOutcome = 'answered' | 'refused' | 'retried' | 'parked';

const GROUP = [...DESTINATION, 'messaging_consumer_group_name'] as const;

/** Metrics of a server. */
export class ServerMetrics {
  readonly #labels: { messaging_system: string; messaging_consumer_group_name: string };
  readonly #inFlight: Gauge<(typeof GROUP)[number]>;
  readonly #paused: Gauge<(typeof GROUP)[number]>;
  readonly #requests: Histogram<(typeof GROUP)[number]>;
  /** By topic. */
  readonly #processed = new Map<string, OutcomeCounts>();
  readonly #consumed: Counter<(typeof GROUP)[number]>;
  readonly #redelivered: Counter<(typeof GROUP)[number]>;
  readonly #acks: Counter<(typeof GROUP)[number] | 'outcome'>;
  readonly #seconds: Histogram<(typeof GROUP)[number]>;

  /** @param register the registry. @default one of their own */
  constructor(group: string, register: Registry = new Registry()) {
    const metrics = new Metrics(register);
    this.#labels = { ...SYSTEM, messaging_consumer_group_name: group };
    this.#inFlight = metrics.gauge(
      'messaging_server_requests_in_flight',
      'Requests that are being handled',
      GROUP,
    );
    this.#paused = metrics.gauge(
      'messaging_server_paused',
      '1 while receiving is paused because a handler depends on something unavailable',
      GROUP,
    );
    this.#requests = metrics.histogram(
      'messaging_server_envelope_requests',
      'Requests in one received envelope',
      BATCH_BUCKETS,
      GROUP,
    );
    metrics.counts(
      'messaging_server_processed_requests_total',
      'Requests that were settled, by outcome',
      [...GROUP, 'outcome'],
      () => this.#allProcessed(),
    );
    this.#consumed = metrics.counter(
      'messaging_client_consumed_messages_total',
      'Envelopes that were received, redelivered ones included',
      GROUP,
    );
    this.#redelivered = metrics.counter(
      'messaging_server_redelivered_messages_total',
      'Envelopes that the broker delivered again',
      GROUP,
    );
    this.#acks = metrics.counter('messaging_server_acks_total', 'Acks, by whether the broker accepted them', [
      ...GROUP,
      'outcome',
    ]);
    this.#seconds = metrics.histogram(
      'messaging_process_duration_seconds',
      'Time from receiving an envelope to its ack',
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      GROUP,
    );
    this.#paused.set(this.#labels, 0);
  }

  /** Sets the number of requests that are being handled. */
  inFlight(requests: number): void {
    this.#inFlight.set(this.#labels, requests);
  }

  /** Receiving has paused because of an unavailable dependency, or has resumed. */
  paused(paused: boolean): void {
    this.#paused.set(this.#labels, paused ? 1 : 0);
  }

  /** A message was received. */
  consumed(topic: string, redelivered: boolean): void {
    const labels = { ...this.#labels, messaging_destination_name: topic };
    this.#consumed.inc(labels);
    if (redelivered) this.#redelivered.inc(labels);
  }

  /** Its envelope was decoded. */
  decoded(topic: string, requests: number): void {
    this.#requests.observe({ ...this.#labels, messaging_destination_name: topic }, requests);
  }

  /** One of its requests is settled. */
  processed(topic: string, outcome: ProcessedOutcome): void {
    let outcomes = this.#processed.get(topic);
    if (!outcomes) this.#processed.set(topic, (outcomes = new OutcomeCounts()));
    outcomes.add(outcome);
  }

  /** All of its requests are settled, and it was acked. */
  acked(topic: string, taken: boolean, seconds: number): void {
    const labels = { ...this.#labels, messaging_destination_name: topic };
    this.#acks.inc({ ...labels, outcome: taken ? 'taken' : 'refused' });
    this.#seconds.observe(labels, seconds);
  }

  *#allProcessed(): Iterable<[Record<(typeof GROUP)[number] | 'outcome', string>, number]> {
    for (const [topic, outcomes] of this.#processed)
      yield* outcomes.labelled({ ...this.#labels, messaging_destination_name: topic });
  }
}

/** Metrics of a reply sender. */
export class ReplyMetrics {
  readonly #delivered = new OutcomeCounts();
  readonly batch: Histogram;
  readonly unreachable: Counter<'reason'>;

  /** @param register the registry. @default one of their own */
  constructor(register: Registry = new Registry()) {
    const metrics = new Metrics(register);
    metrics.counts('messaging_replies_total', 'Replies, by the result of their delivery', ['outcome'], () =>
      this.#delivered.labelled({}),
    );
    this.batch = metrics.histogram(
      'messaging_reply_batch_size',
      'Replies in one call to a waiting instance',
      BATCH_BUCKETS,
    );
    this.unreachable = metrics.counter(
      'messaging_reply_failures_total',
      'Replies that could not be delivered, by reason',
      ['reason'],
    );
  }

  /** The delivery of one reply has ended. */
  delivered(outcome: string): void {
    this.#delivered.add(outcome);
  }
}
