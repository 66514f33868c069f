import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { metric } from './counters.js';
import { cpuPerRequest, readProcesses } from './processes.js';
import { median, medianByName, medianRatio } from './statistics.js';

describe('CPU and memory of processes', () => {
  const proc = mkdtempSync(join(tmpdir(), 'proc-'));
  afterAll(() => rmSync(proc, { recursive: true }));

  const process = (
    pid: number,
    {
      name = 'node',
      ticks,
      children = [],
      kb,
    }: { name?: string; ticks: number[]; children?: number[]; kb: number[] },
  ) => {
    mkdirSync(join(proc, `${pid}/task/${pid}`), { recursive: true });
    const fields = ['S', ...Array.from({ length: 10 }, () => '7'), ...ticks, '20', '0'];
    writeFileSync(join(proc, `${pid}/stat`), `${pid} (${name}) ${fields.join(' ')}\n`);
    writeFileSync(join(proc, `${pid}/task/${pid}/children`), children.map((child) => `${child} `).join(''));
    const [anon, file, shmem] = kb;
    writeFileSync(
      join(proc, `${pid}/status`),
      `Name:\t${name}\nRssAnon:\t  ${anon} kB\nRssFile:\t${file} kB\nRssShmem:\t${shmem} kB\n`,
    );
  };

  beforeAll(() => {
    process(10, { name: 'a (strange) name', ticks: [100, 50, 0, 0], kb: [2_048, 1_024, 0] });
    // Two have ended and were waited for: 3 + 4 ticks.
    process(20, { name: 'postgres', ticks: [1, 2, 3, 4], children: [21, 22], kb: [1_024, 1_024, 512] });
    process(21, { ticks: [10, 0, 0, 0], kb: [1_024, 2_048, 1_024] });
    process(22, { ticks: [20, 0, 0, 0], children: [23], kb: [0, 0, 0] });
    process(23, { ticks: [30, 0, 0, 0], kb: [0, 0, 0] });
  });

  it('counts user and system time of a process with all its descendants, ended ones included', () => {
    const { cpuMs } = readProcesses({ gateway: 10, postgres: 20, gone: 99, none: undefined }, proc);
    expect(cpuMs).toEqual({ gateway: 1_500, postgres: 700 });
  });

  it('counts what a tree shares once', () => {
    const { rssMb } = readProcesses({ gateway: 10, postgres: 20 }, proc);
    expect(rssMb).toEqual({ gateway: 3, postgres: 2 + 3 });
  });

  it('shares what was spent between two readings among the requests', () => {
    const at = (ms: number) => ({ cpuMs: { gateway: ms, fresh: 5 }, rssMb: {} });
    expect(cpuPerRequest({ cpuMs: { gateway: 100 }, rssMb: {} }, at(300), 400)).toEqual({ gateway: 0.5 });
    expect(cpuPerRequest(at(100), at(300), 0)).toEqual({});
  });
});

describe('medians', () => {
  it('are the middle, or the mean of the two in the middle', () => {
    expect(median([5, 1, 9])).toBe(5);
    expect(median([4, 1, 9, 6])).toBe(5);
    expect(median([])).toBeNaN();
  });

  it('are taken of ratios round by round, not of medians: a slow minute hits both', () => {
    expect(medianRatio([100, 10, 40], [50, 5, 80])).toBe(2);
    expect(medianRatio([100, undefined, 40], [50, 5, undefined])).toBe(2);
    expect(medianRatio([1], [0])).toBeNaN();
  });

  it('are taken by name over the rounds that have it', () => {
    expect(medianByName([{ a: 1 }, { a: 3, b: 7 }])).toEqual({ a: 2, b: 7 });
  });
});

describe('metric', () => {
  it('sums over labels and takes no name for another that begins alike', () => {
    const text = ['# HELP sent x', 'sent{to="a"} 2', 'sent{to="b"} 3', 'sent_total 100', 'gone 1'].join('\n');
    expect(metric(text, 'sent')).toBe(5);
    expect(metric(text, 'missing')).toBe(0);
  });
});
