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

  it('waits longer and longer between tries, up to a second', async () => {
    const { clock, gate, never } = setUp();
    const pauses: number[] = [];
    for (let i = 0; i < 6; i++) {
      gate.failed('down');
      const before = clock.now();
      const tried = gate.nextTry(never);
      while (clock.pending > 0) await clock.advance(50);
      await tried;
      pauses.push(clock.now() - before);
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  // Each request that was held had a timer and a listener of its own, looked through again for each.
  it('has one pause for all who wait', async () => {
    const { clock, gate, never } = setUp();
    gate.failed('down');
    const tries = Array.from({ length: 1_000 }, () => gate.nextTry(never));
    expect(clock.pending).toBe(1);
    await clock.advance(100);
    await Promise.all(tries);
  });

  it('counts the failures of one round once', () => {
    const { clock, gate, changes } = setUp();
    for (let i = 0; i < 256; i++) gate.failed('down');
    expect(changes).toEqual(['shut: down']);
    expect(clock.pending).toBe(0);
  });

  it('tells when handlers get through again, and lets receiving go on', async () => {
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

  it('does not stand still when the clock is set back', async () => {
    const { clock, gate, never } = setUp();
    gate.failed('down');
    clock.setBack(3_600_000);
    await gate.nextTry(never);
    gate.failed('down again');
    const tried = gate.nextTry(never);
    await clock.advance(1_000);
    await tried;
  });

  it('lets go of everybody who waits when the process stops', async () => {
    const { gate } = setUp();
    const stop = new AbortController();
    gate.failed('down');
    const waiting = Promise.all([gate.nextTry(stop.signal), gate.resumed(stop.signal)]);
    stop.abort();
    await waiting;
  });

  it('tries nothing while what handlers need is known to be away', async () => {
    const clock = new ManualClock();
    const changes: boolean[] = [];
    const availability = new Availability(clock, (available) => changes.push(available));
    availability.away('the database is away');
    availability.away('still');
    let tried = false;
    const waiting = availability.nextTry(new AbortController().signal).then(() => (tried = true));
    await clock.advance(60_000);
    // A handler that was under way got through all the same.
    availability.succeeded();
    await clock.advance(1_000);
    expect([tried, availability.available]).toEqual([false, false]);
    availability.back();
    await clock.advance(1_000);
    await waiting;
    expect(changes).toEqual([false, true]);
  });
});
