import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { ContestantName } from '../contestants/contestant.js';
import { describeMachine } from '../measure/machine.js';
import type { Round } from '../measure/round.js';
import type { Cell } from '../parts/cells.js';
import { report } from './report.js';
import { Results } from './results.js';
import { linearScale, logScale, logScaleOf, tickWords } from './scale.js';
import { drawFigure } from './svg.js';
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

const cell = (
  contestant: ContestantName,
  items: number,
  connections: number,
  rounds: (Round | null)[],
): Cell => ({
  contestant,
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
        soak: { data: { cells: [{ contestant: 'ours', rounds: 2, perSecond: 200, latency: { p50: 1 } }] } },
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

describe('axes', () => {
  it('hold all values between round ticks', () => {
    expect(logScale([12, 90]).ticks).toEqual([10, 20, 50, 100]);
    expect(logScale([12, 900]).ticks).toEqual([10, 30, 100, 300, 1_000]);
    expect(logScale([1, 20_000]).ticks).toEqual([1, 10, 100, 1_000, 10_000, 100_000]);
    expect(linearScale([0.3, 9.1]).ticks).toEqual([0, 2, 4, 6, 8, 10]);
    expect(logScaleOf([64, 1, 64]).ticks).toEqual([1, 64]);
  });

  it('place values by their logarithm', () => {
    const scale = logScaleOf([1, 100]);
    expect([1, 10, 100].map((value) => scale.at(value))).toEqual([0, 0.5, 1]);
  });

  it('tell numbers shortly', () => {
    expect([0.5, 20, 1_500, 12_000, 3e6].map(tickWords)).toEqual(['0.5', '20', '1,500', '12k', '3M']);
  });
});

describe('a figure', () => {
  const panel = (points: [number, number][]) => ({
    title: 'a < b',
    x: { label: 'x' },
    y: { label: 'y', scale: 'log' as const },
    series: [{ name: 'one & only', color: '#123456', points }],
  });

  it('draws what can be drawn, and escapes words', () => {
    const svg = drawFigure({
      title: 't',
      subtitle: 's',
      panels: [
        panel([
          [1, 1],
          [10, Number.NaN],
          [100, 10],
        ]),
      ],
    });
    expect(svg.match(/<circle/g)).toHaveLength(3);
    expect(svg).toContain('one &amp; only');
    expect(svg).toContain('a &lt; b');
    expect(svg).not.toContain('NaN');
  });

  it('says so when nothing was measured', () => {
    expect(drawFigure({ title: 't', subtitle: 's', panels: [panel([])] })).toContain('nothing was measured');
  });
});
