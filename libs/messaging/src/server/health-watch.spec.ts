import { expect, it } from '@jest/globals';
import { ManualClock } from '@seckill/clock';
import type { Availability } from './availability.js';
import { watchHealth } from './health-watch.js';

it('treats a health function that throws synchronously like one that rejects', async () => {
  const clock = new ManualClock();
  const reported: string[] = [];
  const availability = {
    unhealthy: (reason: string) => void reported.push(reason),
    healthy: () => void reported.push('healthy'),
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
  // An unhandled rejection would have crashed this test run.
  expect(reported).toEqual(['db is undefined', 'healthy']);
});
