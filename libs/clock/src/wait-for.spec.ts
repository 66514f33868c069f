import { describe, expect, it } from '@jest/globals';
import { until, waitFor } from './wait-for.js';

describe('waitFor', () => {
  it('returns the first result that is neither undefined nor false', async () => {
    const results = [undefined, false, 0, 1];
    expect(await waitFor('a result', () => results.shift())).toBe(0);
  });

  it('says what did not happen, and what the probe threw last', async () => {
    const refused = new Error('refused');
    const waiting = waitFor('a connection', () => Promise.reject(refused), { timeoutMs: 20 });
    await expect(waiting).rejects.toThrow(
      new Error('a connection did not happen within 20 ms', { cause: refused }),
    );
  });
});

describe('until', () => {
  it('says which condition did not hold', async () => {
    let calls = 0;
    await until(() => ++calls === 3);
    await expect(until(() => calls === 0, 20)).rejects.toThrow('calls === 0 did not happen within 20 ms');
  });
});
