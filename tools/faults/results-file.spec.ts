import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { scratchDirectory } from '@seckill/embedded';
import { resultsPage } from './report.js';
import { ResultsFile } from './results-file.js';
import type { CaseResult } from './result.js';

const directory = scratchDirectory('fault-results');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const result = (seed: number, met = true): CaseResult => ({
  seed,
  broker: 'stand-in',
  seconds: 30,
  kinds: ['kill-gateway'],
  faults: ['kill-gateway: gateway-1 killed'],
  at: '2026-11-22T00:00:00.000Z',
  requests: 10,
  operations: 20,
  answers: {},
  told: {},
  violations: [],
  stallFreeMs: undefined,
  stallUnderWayMs: undefined,
  stallLongestMs: 0,
  stallQuietMs: 0,
  settledMs: 0,
  pending: 0,
  memoryMb: {},
  targets: [{ name: 'invariants', met, measured: met ? 'none broken' : 'oversold', hard: true }],
});

describe('the results of a run', () => {
  it('are taken up again, the latest of each seed, and tell which had not held before', () => {
    const file = join(directory, 'results.jsonl');
    const first = new ResultsFile(file, false);
    first.add(result(1, false));
    first.add(result(0));
    const late = { name: 'memory', met: false, measured: '600 MB of 512', hard: false };
    first.add({ ...result(2), targets: [late] });
    const again = new ResultsFile(file, true);
    again.add(result(1));
    again.add(result(2));
    expect(again.all).toEqual([result(0), result(1), result(2)]);
    const page = resultsPage(again.all, again.overtaken);
    expect(page).toContain('**No invariant was broken');
    expect(page).toMatch(
      /## Run again after a case did not hold or missed a bound[^]*\| 1 .*\| invariants: oversold/,
    );
    expect(page).toMatch(/\| 2 .*\| memory: 600 MB of 512/);
    expect(resultsPage(again.all)).not.toContain('Run again');
  });

  it('are put aside by a run that begins anew', () => {
    const file = join(directory, 'anew.jsonl');
    new ResultsFile(file, false).add(result(1, false));
    const anew = new ResultsFile(file, false);
    expect([anew.all, anew.overtaken]).toEqual([[], []]);
    expect(new ResultsFile(`${file}.before`, true).all).toEqual([result(1, false)]);
  });
});
