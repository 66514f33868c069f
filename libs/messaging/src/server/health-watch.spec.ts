import { expect, it } from '@jest/globals';
import { ManualClock } from '@seckill/clock';
import type { Availability } from './availability.js';
import { watchHealth } from './health-watch.js';

it('takes a health function that throws at once for one that says no', async () => {
  const clock = new ManualClock();
  const told: string[] = [];
  const availability = {
    away: (reason: string) => void told.push(reason),
    back: () => void told.push('back'),
  } as unknown as Availability;
  const stop = new AbortController();
  let broken = true;
  const health = (): Promise<void> => {
    if (broken) throw new TypeError('db is undefined');
    return Promise.resolve();
  };
  const watching = watchHealth(health, availability, clock, stop.signal);
  await clock.advance(500);
  broken = false;
  await clock.advance(1_000);
  stop.abort();
  await clock.advance(10_000);
  await watching;
  // An unhandled rejection would have ended this test run.
  expect(told).toEqual(['db is undefined', 'back']);
});
