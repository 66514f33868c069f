import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { exclusively } from './exclusive.js';

const scratch = mkdtempSync(join(tmpdir(), 'exclusively-'));
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('exclusively', () => {
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('runs one at a time, and leaves no file behind', async () => {
    const lock = join(scratch, 'one', 'lock');
    let [inside, most] = [0, 0];
    const work = async () => {
      most = Math.max(most, ++inside);
      await pause();
      inside--;
    };
    await Promise.all(Array.from({ length: 8 }, () => exclusively(lock, work)));
    expect(most).toBe(1);
    expect(readdirSync(join(scratch, 'one'))).toEqual([]);
  });

  it('takes over the lock of a process that has ended', async () => {
    const lock = join(scratch, 'stale');
    writeFileSync(lock, JSON.stringify({ pid: process.pid, startedAt: 'before' }));
    let [inside, most] = [0, 0];
    const work = async () => {
      most = Math.max(most, ++inside);
      await pause();
      inside--;
    };
    await Promise.all(Array.from({ length: 4 }, () => exclusively(lock, work)));
    expect(most).toBe(1);
  });

  it('releases the lock when the work fails', async () => {
    const lock = join(scratch, 'failing');
    await expect(exclusively(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(lock)).toBe(false);
  });
});
