import { describe, expect, it } from '@jest/globals';
import { CorrectedClock, ManualClock } from '@seckill/clock';
import { TooManyLookupsError } from './errors.js';
import { MissedLookups } from './missed-lookups.js';

function lookups(
  find: (id: string) => Promise<undefined>,
  limits?: ConstructorParameters<typeof MissedLookups>[2],
) {
  const time = new ManualClock();
  const asked: string[] = [];
  const missed = new MissedLookups(
    (id) => {
      asked.push(id);
      return find(id);
    },
    new CorrectedClock(() => time.now()),
    limits,
  );
  return { time, asked, missed };
}

describe('MissedLookups', () => {
  it('asks again for an unknown id only after a while', async () => {
    const { time, asked, missed } = lookups(async () => undefined);
    await missed.ask('a');
    await missed.ask('a');
    expect(asked).toEqual(['a']);
    await time.advance(1_000);
    await missed.ask('a');
    expect(asked).toEqual(['a', 'a']);
  });

  it('remembers a bounded number of unknown ids, the latest ones', async () => {
    const { asked, missed } = lookups(async () => undefined, { maxUnknown: 2 });
    for (const id of ['a', 'b', 'c']) await missed.ask(id);
    for (const id of ['c', 'b', 'a']) await missed.ask(id);
    expect(asked).toEqual(['a', 'b', 'c', 'a']);
  });

  it('looks up a bounded number of ids at once, and rejects the others immediately', async () => {
    let answer!: () => void;
    const held = new Promise<undefined>((resolve) => (answer = () => resolve(undefined)));
    const { asked, missed } = lookups(() => held, { maxPending: 2 });
    const under = [missed.ask('a'), missed.ask('b'), missed.ask('b')];
    await expect(missed.ask('c')).rejects.toThrow(TooManyLookupsError);
    answer();
    await Promise.all(under);
    expect(asked).toEqual(['a', 'b']);
    await missed.ask('c');
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  it('does not remember a failure', async () => {
    const { asked, missed } = lookups(async () => {
      throw new Error('down');
    });
    await expect(missed.ask('a')).rejects.toThrow('down');
    await expect(missed.ask('a')).rejects.toThrow('down');
    expect(asked).toEqual(['a', 'a']);
  });

  it('neither looks up nor remembers ids that are too long to be registered', async () => {
    const { asked, missed } = lookups(async () => undefined);
    expect(await missed.ask('x'.repeat(100_000))).toBeUndefined();
    expect(asked).toEqual([]);
  });
});
