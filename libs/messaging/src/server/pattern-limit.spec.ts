import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@seckill/clock';
import fc from 'fast-check';
import { HandedBackError, PatternLimit, WaitingBudget } from './pattern-limit.js';

/** Limits whose work ends when the test says so. */
function setUp(concurrencies: readonly number[], roomFor: number) {
  const clock = new ManualClock();
  const room = new WaitingBudget(roomFor);
  const limits = concurrencies.map((concurrency) => new PatternLimit(concurrency, room, clock));
  const stop = new AbortController();
  const running = limits.map(() => new Map<string, () => void>());
  const begun = limits.map((): string[] => []);
  const messages: { pattern: number; ids: string[]; fates: string[]; settled: boolean }[] = [];

  /** Treats a message as the processor does. */
  const arrive = async (pattern: number, requests: number) => {
    const number = messages.length;
    const ids = Array.from({ length: requests }, (_, i) => `${number}.${i}`);
    const message = { pattern, ids, fates: [] as string[], settled: false };
    messages.push(message);
    const work = (id: string) => () => {
      begun[pattern]!.push(id);
      return new Promise<void>((resolve) => running[pattern]!.set(id, resolve));
    };
    try {
      const admission = limits[pattern]!.admit(requests, stop.signal);
      const ends = await Promise.allSettled(ids.map((id) => admission.run(work(id))));
      admission.close();
      message.fates = ends.map((end) => (end.status === 'fulfilled' ? 'done' : fateOf(end.reason)));
    } catch (error) {
      message.fates = ids.map(() => fateOf(error));
    }
    message.settled = true;
  };
  const fateOf = (error: unknown) => (error instanceof HandedBackError ? 'handed back' : String(error));
  const end = (pattern: number, pick: number) => {
    const picked = [...running[pattern]!][pick % Math.max(1, running[pattern]!.size)];
    if (!picked) return;
    running[pattern]!.delete(picked[0]);
    picked[1]();
  };
  return { clock, room, stop, running, begun, messages, arrive, end };
}

describe('PatternLimit', () => {
  it('refuses a concurrency of 0', () => {
    expect(() => new PatternLimit(0, new WaitingBudget(1), new ManualClock())).toThrow('not 0');
  });

  it('admits nothing once the process stops, and hands back what waits', async () => {
    const { clock, stop, messages, arrive } = setUp([1], 10);
    void arrive(0, 1);
    void arrive(0, 1);
    await clock.advance(0);
    stop.abort();
    void arrive(0, 1);
    await clock.advance(0);
    expect(messages.map(({ fates }) => fates)).toEqual([[], ['handed back'], ['handed back']]);
  });

  it('never exceeds its limit, keeps the order, and starts all requests of a message or none, in any interleaving', async () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('arrive' as const),
          requests: fc.integer({ min: 1, max: 4 }),
        }),
      },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('end' as const), pick: fc.nat(5) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(20_000) }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(step, fc.nat(1)), { maxLength: 60 }),
        fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        fc.integer({ min: 0, max: 6 }),
        async (steps, concurrencies, roomFor) => {
          const { clock, room, running, begun, messages, arrive, end } = setUp(concurrencies, roomFor);
          const check = () => {
            running.forEach((now, pattern) => expect(now.size).toBeLessThanOrEqual(concurrencies[pattern]!));
            // One message of each pattern may exceed the budget: at most four requests.
            expect(room.waiting).toBeLessThanOrEqual(roomFor + 8);
          };
          for (const [action, pattern] of steps) {
            if (action.do === 'arrive') void arrive(pattern, action.requests);
            else if (action.do === 'end') end(pattern, action.pick);
            else await clock.advance(action.ms);
            await clock.advance(0);
            check();
          }
          while (running.some((now) => now.size > 0)) {
            running.forEach((_, pattern) => end(pattern, 0));
            await clock.advance(0);
            check();
          }
          // Nothing is left waiting, and no place or timer is still taken.
          expect([room.waiting, clock.pending]).toEqual([0, 0]);
          for (const { settled, fates } of messages) {
            expect(settled).toBe(true);
            expect(new Set(fates).size).toBe(1);
          }
          begun.forEach((ids, pattern) => {
            const done = messages.filter(
              (message) => message.pattern === pattern && message.fates[0] === 'done',
            );
            expect(ids).toEqual(done.flatMap((message) => message.ids));
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});
