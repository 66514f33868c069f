import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { SystemName } from '../baselines/measured-system.js';
import { describeMachine } from '../measure/machine.js';
import type { Round } from '../measure/round.js';
import type { Cell } from '../parts/cells.js';
import { drawFigure, roundValues, tickWords, type Line } from './figure.js';
import { report } from './report.js';
import { Results } from './results.js';
import { summaryText } from './summary-text.js';
import { judgeTargets } from './targets.js';

const scratch = mkdtempSync(join(tmpdir(), 'bench-report-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const round = (perSecond: number, p50 = 1): Round => ({
  perSecond,
  completed: perSecond,
  latency: { p50, p90: 2, p99: 3, p999: 4, max: 5, mean: 1 },
  statuses: { 201: perSecond },
  lost: 0,
  unanswered: 0,
  cpuMs: {},
  rssMb: {},
  otherAnswers: 0,
});

const cell = (system: SystemName, items: number, connections: number, rounds: (Round | null)[]): Cell => ({
  system,
  items,
  load: { kind: 'closed', connections },
  rounds,
  failures: [],
});

const target = (name: RegExp, measured: Parameters<typeof judgeTargets>[0]) =>
  judgeTargets(measured).find((one) => name.test(one.name));

describe('targets', () => {
  it('are judged by the median of ratios of rounds side by side; failed rounds are left out', () => {
    const closed = [
      cell('ours', 1, 1_024, [round(500), round(50), null, round(90)]),
      cell('echo', 1, 1_024, [round(1_000), round(100), round(1), round(300)]),
    ];
    expect(target(/from memory/, { closed })).toMatchObject({ measured: 0.5, wanted: 0.5, met: true });
  });

  it('are missed when the ratio is too small, or too large where less is better', () => {
    const closed = [
      cell('ours', 1, 1, [round(1, 14)]),
      cell('raw', 1, 1, [round(1, 10)]),
      cell('ours', 1, 1_024, [round(999)]),
      cell('kafka', 1, 1_024, [round(100)]),
    ];
    expect(target(/idle p50/, { closed })).toMatchObject({ measured: 1.4, met: false });
    expect(target(/^one item, .*kafka/, { closed })).toMatchObject({ measured: 9.99, met: false });
    expect(target(/^one item, .*bullmq/, { closed })).toMatchObject({ measured: undefined, met: undefined });
  });

  it('ask for 100 items at every number of connections from 64 up', () => {
    const at = (connections: number) => [
      cell('ours', 100, connections, [round(300)]),
      cell('bullmq', 100, connections, [round(100)]),
    ];
    const names = judgeTargets({ closed: [...at(1), ...at(64), ...at(4_096)] })
      .filter(({ met }) => met)
      .map(({ name }) => name);
    expect(names).toEqual([
      '100 items, 64 connections: over bullmq',
      '100 items, 4,096 connections: over bullmq',
    ]);
  });

  it('judge inventory at batches of 256, and row locks by themselves', () => {
    const rounds = (...rates: number[]) => rates.map((perSecond) => ({ perSecond, cpuMs: {} }));
    const inventory = [
      { way: 'inventory' as const, items: 1, size: 256, rounds: rounds(6_000, 9_000) },
      { way: 'inventory' as const, items: 1, size: 1, rounds: rounds(1, 1) },
      { way: 'plain insert' as const, items: 1, size: 256, rounds: rounds(10_000, 10_000) },
      { way: 'row locks' as const, items: 1, size: 1, rounds: rounds(1_000, 1_000) },
    ];
    expect(target(/1 item: over a plain insert/, { inventory })).toMatchObject({ measured: 0.75, met: true });
    expect(target(/over row locks/, { inventory })).toMatchObject({ measured: 7.5, met: false });
  });

  it('judge memory by the heaviest waiter and by the largest number of held requests', () => {
    const held = {
      held: [
        { requests: 1_000, heapBytesEach: 9, rssBytesEach: 50_000 },
        { requests: 20_000, heapBytesEach: 9, rssBytesEach: 20_000 },
      ],
      waiters: [
        { waiters: 1_000, heapBytesEach: 1_100 },
        { waiters: 20_000, heapBytesEach: 900 },
      ],
    };
    expect(target(/waiter itself/, { held })).toMatchObject({ measured: 1_100, met: false });
    expect(target(/held request/, { held })).toMatchObject({ measured: 20_000, met: true });
  });
});

describe('the summary', () => {
  it('has medians instead of rounds', () => {
    const results = new Results(scratch);
    const machine = describeMachine('stand-in');
    const rounds = [3, 1, 2].map((n) => ({ perSecond: n, cpuMs: { inventory: n, postgres: 2 * n } }));
    const plain = { way: 'inventory', items: 1, size: 16, rounds: [...rounds, null] };
    results.write({ part: 'inventory', machine, finished: true, data: { cells: [plain] } });
    const load = cell('ours', 1, 64, [round(100), null, round(300)]);
    results.write({ part: 'soak', machine, finished: true, data: { cells: [load] } });
    expect(report(results).summary).toMatchObject({
      parts: {
        inventory: {
          data: {
            cells: [{ items: 1, size: 16, rounds: 3, perSecond: 2, cpuMs: { inventory: 2, postgres: 4 } }],
          },
        },
        soak: { data: { cells: [{ system: 'ours', rounds: 2, perSecond: 200, latency: { p50: 1 } }] } },
      },
    });
  });

  it('is JSON with a line for each target and each cell, its numbers rounded', () => {
    const cells = [
      { items: 1, perSecond: 5_622.4321, latency: { p50: 0.123456, max: 1_234_567 } },
      { items: 2 },
    ];
    const summary = { targets: [{ name: 'a', measured: undefined }], parts: { closed: { data: { cells } } } };
    const text = summaryText(summary);
    expect(JSON.parse(text)).toEqual({
      targets: [{ name: 'a' }],
      parts: {
        closed: {
          data: {
            cells: [{ items: 1, perSecond: 5_622, latency: { p50: 0.1235, max: 1_234_567 } }, { items: 2 }],
          },
        },
      },
    });
    const lines = text.split('\n');
    expect(lines).toContain('  {"name":"a"}');
    expect(lines.filter((line) => line.includes('"items"'))).toHaveLength(2);
  });
});

describe('a figure', () => {
  const look = { name: 'one & only', color: 'blue', mark: 'circle' } as const;
  const panel = (...points: Line['points']) => ({
    title: 'a < b',
    x: 'x',
    y: 'y',
    lines: [{ ...look, points }],
  });
  const draw = (...points: Line['points']) =>
    drawFigure({ title: 't', subtitle: 's', panels: [panel(...points)] });

  it('draws what can be drawn, and escapes words', () => {
    const svg = draw([1, 1], [10, Number.NaN], [100, 0], [1_000, 10]);
    const [, line] = /<path d="([^"]+)"[^>]* stroke="var\(--blue\)"/.exec(svg)!;
    expect(line!.match(/[ML]/g)).toHaveLength(2);
    expect(svg).toContain('one &amp; only');
    expect(svg).toContain('a &lt; b');
    expect(svg).not.toContain('NaN');
  });

  it('has a tick at each place where something was measured', () => {
    const ticks = draw([1, 10], [64, 20], [1_024, 30]).match(/>(1|64|1,024)</g);
    expect(ticks).toEqual(['>1<', '>64<', '>1,024<']);
  });

  it('has round numbers beside it, more of them where the range is small', () => {
    expect(roundValues(9, 101)).toEqual([10, 20, 50, 100]);
    expect(roundValues(9, 901)).toEqual([10, 30, 100, 300]);
    expect(roundValues(0.5, 20_000)).toEqual([1, 10, 100, 1_000, 10_000]);
  });

  it('says so when nothing was measured', () => {
    expect(draw()).toContain('a &lt; b: nothing was measured');
  });

  it('tells numbers shortly', () => {
    expect([0.5, 20, 1_500, 12_000, 3e6].map(tickWords)).toEqual(['0.5', '20', '1,500', '12K', '3M']);
  });
});
