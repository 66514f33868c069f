import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@seckill/clock';
import type { HeldMessage } from '../rocketmq/held-message.js';
import { Availability } from './availability.js';
import { Intake } from './intake.js';

/** A broker that answers, and a processor that settles, when the test says so. */
class World {
  readonly clock = new ManualClock();
  readonly availability = new Availability(this.clock, () => {});
  readonly stop = new AbortController();
  readonly warnings: string[] = [];
  /** Receives in progress. */
  readonly receives: { bring: (count: number) => void; fail: () => void }[] = [];
  readonly #settle: (() => void)[] = [];
  readonly #processor = {
    inFlight: 0,
    process: async () => {
      this.#processor.inFlight++;
      await new Promise<void>((resolve) => this.#settle.push(resolve));
      this.#processor.inFlight--;
    },
  };
  readonly intake: Intake;

  constructor(concurrency: number) {
    this.intake = new Intake({
      consumer: {
        status: 'connected',
        connected: async () => {},
        receive: () =>
          new Promise((resolve, reject) =>
            this.receives.push({
              bring: (count) => resolve(Array.from({ length: count }, () => ({}) as HeldMessage)),
              fail: () => reject(new Error('broken pipe')),
            }),
          ),
      },
      processor: this.#processor,
      availability: this.availability,
      concurrency,
      messagesPerReceive: 16,
      clock: this.clock,
      log: { log: () => {}, warn: (message: string) => this.warnings.push(message), error: () => {} },
      signal: this.stop.signal,
    });
  }

  /** Lets one receive return `count` messages. */
  async bring(count: number): Promise<void> {
    this.receives.shift()!.bring(count);
    await this.clock.advance(0);
  }

  async settle(): Promise<void> {
    this.#settle.shift()!();
    await this.clock.advance(0);
  }
}

describe('Intake', () => {
  it('waits at the limit of requests, and continues when a message is settled', async () => {
    const world = new World(2);
    world.intake.receive('topic');
    world.intake.receive('retries');
    await world.clock.advance(0);
    expect(world.receives).toHaveLength(2);
    await world.bring(2);
    await world.bring(0);
    expect([world.receives.length, world.intake.messages]).toEqual([0, 2]);
    await world.settle();
    expect([world.receives.length, world.intake.messages]).toEqual([2, 1]);
  });

  it('retries after a failure, with pauses that grow up to a second, and logs it once', async () => {
    const world = new World(2);
    world.intake.receive('topic');
    for (const pauseMs of [100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000, 1_000]) {
      await world.clock.advance(0);
      world.receives.shift()!.fail();
      await world.clock.advance(pauseMs - 1);
      expect(world.receives).toHaveLength(0);
      await world.clock.advance(1);
      expect(world.receives).toHaveLength(1);
    }
    expect(world.warnings).toEqual(['receive failed, retrying']);
  });

  it('receives nothing while dependencies are unavailable', async () => {
    const world = new World(2);
    world.availability.unhealthy('the database is down');
    world.intake.receive('topic');
    await world.clock.advance(5_000);
    expect(world.receives).toHaveLength(0);
    world.availability.healthy();
    await world.clock.advance(100);
    expect(world.receives).toHaveLength(1);
  });

  it('is drained when the messages of the last receive are settled', async () => {
    const world = new World(8);
    world.intake.receive('topic');
    await world.clock.advance(0);
    world.stop.abort();
    let drained = false;
    void world.intake.drained().then(() => (drained = true));
    await world.bring(1);
    expect([drained, world.receives.length, world.intake.messages]).toEqual([false, 0, 1]);
    await world.settle();
    expect([drained, world.intake.messages]).toEqual([true, 0]);
  });
});
