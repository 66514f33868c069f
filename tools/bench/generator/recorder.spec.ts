import { describe, expect, it } from '@jest/globals';
import { Arrivals } from './arrivals.js';
import { Recorder } from './recorder.js';

/** A server that takes 1 ms for each request, one after the other, and stands still from 1,000 to 2,000 ms. */
function serve(due: readonly number[], sent: (due: number, freeAt: number) => number) {
  let freeAt = 0;
  return due.map((at) => {
    const sentAt = sent(at, freeAt);
    const begins = Math.max(sentAt, freeAt);
    const ends = begins >= 1_000 && begins < 2_000 ? 2_001 : begins + 1;
    freeAt = ends;
    return { due: at, sentAt, ends };
  });
}

describe('an open loop', () => {
  const arrivals = new Arrivals(0, 100);
  const due: number[] = [];
  for (let at = arrivals.takeDue(2_999); at !== undefined; at = arrivals.takeDue(2_999)) due.push(at);

  it('has requests arrive evenly, whatever the answers do', () => {
    expect(due).toHaveLength(300);
    expect(due.slice(0, 4)).toEqual([0, 10, 20, 30]);
    expect(arrivals.takeDue(2_999)).toBeUndefined();
    expect(arrivals.takeDue(3_000)).toBe(3_000);
  });

  it('counts the wait of those that were due while the server stood still (coordinated omission)', () => {
    const recorder = new Recorder(0, 3_000);
    const answers = serve(due, (at) => at);
    for (const { due, ends } of answers) recorder.answeredDue(201, due, ends);
    const { latency, completed, elapsedMs, statuses } = recorder.seen();
    expect({ completed, elapsedMs, statuses }).toEqual({
      completed: 300,
      elapsedMs: 3_000,
      statuses: { 201: 300 },
    });
    // A third of the requests were due in the second of standstill, and waited half a second on average.
    expect(latency.p50).toBeCloseTo(1, 0);
    expect(latency.p90).toBeGreaterThan(650);
    expect(latency.p99).toBeGreaterThan(950);

    // From the moment of sending, by a loop that waits for its answer first, the same stall is one slow request.
    const closed = new Recorder(0, 3_000);
    for (const { sentAt, ends } of serve(due, (at, freeAt) => Math.max(at, freeAt)))
      closed.answered(201, sentAt, ends);
    expect(closed.seen().latency.p99).toBeLessThan(10);
  });

  it('counts only what was due in the time that counts, and what never got an answer with its wait so far', () => {
    const recorder = new Recorder(1_000, 2_000);
    recorder.answeredDue(201, 999, 1_500);
    recorder.answeredDue(201, 1_000, 1_005);
    recorder.answeredDue(201, 1_999, 2_500);
    recorder.answeredDue(201, 2_000, 2_001);
    recorder.neverAnswered(1_500, 11_500);
    expect(recorder.seen()).toMatchObject({ completed: 2, unanswered: 1 });
    expect(recorder.seen().latency.max).toBeCloseTo(10_000, -2);
  });
});

describe('a closed loop', () => {
  it('counts answers that come in the time that counts', () => {
    const recorder = new Recorder(1_000, 2_000);
    recorder.answered(201, 900, 999);
    recorder.answered(201, 900, 1_000);
    recorder.answered(409, 1_000, 1_020);
    recorder.answered(201, 1_900, 2_000);
    expect(recorder.seen()).toMatchObject({ completed: 2, statuses: { 201: 1, 409: 1 }, elapsedMs: 1_000 });
  });

  it('is judged by the time that it had when it ended early', () => {
    const recorder = new Recorder(1_000, 2_000);
    recorder.endAt(1_250);
    expect(recorder.seen().elapsedMs).toBe(250);
  });
});
