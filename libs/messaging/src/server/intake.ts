import { sleep, type Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';
import type { GroupConsumer } from '../rocketmq/group-consumer.js';
import type { Availability } from './availability.js';
import type { MessageProcessor } from './message-processor.js';

/** Options of an intake. */
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
  /** Aborted when receiving must stop. */
  signal: AbortSignal;
}

const LONGEST_PAUSE_MS = 1_000;
/** A single failure is not logged; the second in a row is, and then one in this many. */
const FAILURES_PER_WARNING = 30;

/** Receives messages while there is capacity for their requests, and keeps track of unsettled messages. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #loops: Promise<void>[] = [];
  readonly #processing = new Set<Promise<void>>();
  /** Loops that wait for capacity, that is, for a message to be settled. */
  readonly #blocked: (() => void)[] = [];

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Received messages that are not settled yet. */
  get messages(): number {
    return this.#processing.size;
  }

  /** Starts one more receive loop, which runs until the signal. */
  receive(topic: string): void {
    this.#loops.push(this.#receive(topic));
  }

  /** Resolves, after the signal, when the last message is settled. A receive in progress may still return messages. */
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
          log.warn('receive failed, retrying', { topic, reason: String(error) });
        await sleep(clock, Math.min(LONGEST_PAUSE_MS, 100 * failures), signal);
      }
    }
  }

  #hold(processing: Promise<void>): void {
    this.#processing.add(processing);
    void processing.finally(() => {
      this.#processing.delete(processing);
      for (const resume of this.#blocked.splice(0)) resume();
    });
  }

  /** Not Promise.race over all messages: with thousands of them it would visit each one again whenever one ends. */
  #settled(): Promise<void> {
    return new Promise((resolve) => void this.#blocked.push(resolve));
  }
}
