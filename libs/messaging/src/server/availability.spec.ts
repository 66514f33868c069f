import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@seckill/clock';
import { Availability } from './availability.js';

describe('Availability', () => {
  const setUp = () => {
    const clock = new ManualClock();
    const changes: string[] = [];
    const gate = new Availability(clock, (available, reason) =>
      changes.push(available ? 'open' : `shut: ${reason}`),
    );
    return { clock, gate, changes, never: new AbortController().signal };
  };

  it('pauses longer after each attempt, up to a second', async () => {
    const { clock, gate, never } = setUp();
    const pauses: number[] = [];
    for (let i = 0; i < 6; i++) {
      gate.failed('down');
      const before = clock.now();
      const resumed = gate.nextTry(never);
      while (clock.pending > 0) await clock.advance(50);
      await resumed;
      pauses.push(clock.now() - before);
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  // Each held request had a timer and a listener of its own, and each of them was checked for all.
  it('shares one pause among all waiting requests', async () => {
    const { clock, gate, never } = setUp();
    gate.failed('down');
    const attempts = Array.from({ length: 1_000 }, () => gate.nextTry(never));
    expect(clock.pending).toBe(1);
    await clock.advance(100);
    await Promise.all(attempts);
  });

  it('counts several failures between two pauses once', () => {
    const { clock, gate, changes } = setUp();
    for (let i = 0; i < 256; i++) gate.failed('down');
    expect(changes).toEqual(['shut: down']);
    expect(clock.pending).toBe(0);
  });

  it('reports when handlers succeed again, and resumes receiving', async () => {
    const { clock, gate, changes, never } = setUp();
    gate.failed('down');
    let resumed = false;
    const waiting = gate.resumed(never).then(() => (resumed = true));
    await clock.advance(5_000);
    expect(resumed).toBe(false);
    gate.succeeded();
    await clock.advance(100);
    await waiting;
    expect(changes).toEqual(['shut: down', 'open']);
  });

  it('does not stall when the clock is set back', async () => {
    const { clock, gate, never } = setUp();
    gate.failed('down');
    clock.setBack(3_600_000);
    await gate.nextTry(never);
    gate.failed('down again');
    const resumed = gate.nextTry(never);
    await clock.advance(1_000);
    await resumed;
  });

  it('releases all waiting requests when the process stops', async () => {
    const { gate } = setUp();
    const stop = new AbortController();
    gate.failed('down');
    const waiting = Promise.all([gate.nextTry(stop.signal), gate.resumed(stop.signal)]);
    stop.abort();
    await waiting;
  });

  it('tries no handler while the health check fails', async () => {
    const clock = new ManualClock();
    const changes: boolean[] = [];
    const availability = new Availability(clock, (available) => changes.push(available));
    availability.unhealthy('the database is down');
    availability.unhealthy('still');
    let resumed = false;
    const waiting = availability.nextTry(new AbortController().signal).then(() => (resumed = true));
    await clock.advance(60_000);
    // A handler that was already running succeeded nevertheless.
    availability.succeeded();
    await clock.advance(1_000);
    expect([resumed, availability.available]).toEqual([false, false]);
    availability.healthy();
    await clock.advance(1_000);
    await waiting;
    expect(changes).toEqual([false, true]);
  });
});
