import { describe, expect, it } from '@jest/globals';
import { parsePrefer, planWait } from './prefer.js';

describe('parsePrefer', () => {
  const none = { respondAsync: false };
  it.each([
    [undefined, none],
    ['', none],
    ['wait=5', { respondAsync: false, waitSeconds: 5 }],
    ['WAIT = "5"', { respondAsync: false, waitSeconds: 5 }],
    ['respond-async', { respondAsync: true }],
    ['Respond-Async; x=y, wait=10', { respondAsync: true, waitSeconds: 10 }],
    ['return=minimal, foo; bar="a b", wait=1', { respondAsync: false, waitSeconds: 1 }],
    ['wait=1, wait=2', { respondAsync: false, waitSeconds: 1 }],
    ['wait=-1', none],
    ['wait=1.5', none],
    ['wait=soon', none],
    ['wait', none],
    ['wait=99999999999999', none],
    ['respond-async=no, "', { respondAsync: true }],
    [',,;=,', none],
  ])('reads %j', (header, preferences) => {
    expect(parsePrefer(header)).toEqual(preferences);
  });
});

describe('planWait', () => {
  it.each([
    [{ respondAsync: false }, { waitMs: 2_000 }],
    [{ respondAsync: true }, { waitMs: 0, applied: 'respond-async' }],
    [
      { respondAsync: false, waitSeconds: 0 },
      { waitMs: 0, applied: 'wait=0' },
    ],
    [
      { respondAsync: false, waitSeconds: 3 },
      { waitMs: 3_000, applied: 'wait=3' },
    ],
    [
      { respondAsync: false, waitSeconds: 11 },
      { waitMs: 10_000, applied: 'wait=10' },
    ],
    [
      { respondAsync: true, waitSeconds: 3 },
      { waitMs: 3_000, applied: 'respond-async, wait=3' },
    ],
  ])('does for %j what it says', (preferences, plan) => {
    expect(planWait(preferences, 2_000, 10_000)).toEqual(plan);
  });
});
