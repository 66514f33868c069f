import { sleep, type Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';
import type { GroupConsumer } from '../rocketmq/group-consumer.js';
import type { Availability } from './availability.js';
import type { MessageProcessor } from './message-processor.js';

/** What an intake works with. */
export interface IntakeOptions {
  consumer: Pick<GroupConsumer, 'status' | 'connected' | 'receive'>;
  processor: Pick<MessageProcessor, 'inFlight' | 'process'>;
  availability: Pick<Availability, 'resumed'>;
  /** Requests handled at once; receiving waits while there are as many. */
  concurrency: number;
  /** Most messages of one receive. */
  messagesPerReceive: number;
  clock: Clock;
  log: Log;
  /** Aborted when nothing more is to be received. */
  signal: AbortSignal;
}

const LONGEST_PAUSE_MS = 1_000;
/** One failure in a row is no news; the second is, and then one in so many. */
const FAILURES_PER_WARNING = 30;

/** Receives messages as long as there is room for their requests, and keeps track of those that are not settled. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #loops: Promise<void>[] = [];
  readonly #processing = new Set<Promise<void>>();
  /** Loops that wait for a message to be settled. */
  readonly #full: (() => void)[] = [];

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Messages that were received and are not settled. */
  get messages(): number {
    return this.#processing.size;
  }

  /** Adds one receive in the air, until the signal. */
  receive(topic: string): void {
    this.#loops.push(this.#receive(topic));
  }

  /** Resolves, after the signal, when the last message is settled: a receive in the air may still bring some. */
  async drained(): Promise<void> {
    await Promise.all(this.#loops);
    while (this.#processing.size > 0) await Promise.all(this.#processing);
  }

  async #receive(topic: string): Promise<void> {
    const { consumer, processor, availability, concurrency, messagesPerReceive } = this.#options;
    const { clock, log, signal } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      await availability.resumed(signal);
      if (processor.inFlight >= concurrency) {
        await this.#settled();
        continue;
      }
      if (consumer.status !== 'connected') await consumer.connected(1_000);
      if (signal.aborted) return;
      try {
        const messages = await consumer.receive(topic, messagesPerReceive);
        failures = 0;
        for (const message of messages) this.#hold(processor.process(message));
      } catch (error) {
        if (failures++ % FAILURES_PER_WARNING === 1)
          log.warn('receiving fails, trying on', { topic, reason: String(error) });
        await sleep(clock, Math.min(LONGEST_PAUSE_MS, 100 * failures), signal);
      }
    }
  }

  #hold(processing: Promise<void>): void {
    this.#processing.add(processing);
    void processing.finally(() => {
      this.#processing.delete(processing);
      for (const goOn of this.#full.splice(0)) goOn();
    });
  }

  /** Not a race of all that is held: with thousands of messages each would be looked at again for each that ends. */
  #settled(): Promise<void> {
    return new Promise((resolve) => void this.#full.push(resolve));
  }
}
