import { describe, expect, it } from '@jest/globals';
import { progressLine } from './progress-line.js';
import { showProgress } from './show-progress.js';

const half = { stage: 'storm', buyers: 2_000, done: 1_000, requests: 1_500, ms: 2_500 } as const;

describe('progressLine', () => {
  it('has a bar where there is room for one', () => {
    expect(progressLine(half, 4)).toBe('[██··] 1,000 of 2,000 buyers are through, 1,500 requests in 2.5 s');
    expect(progressLine(half, 0)).toBe('1,000 of 2,000 buyers are through, 1,500 requests in 2.5 s');
  });

  it('is full only when all are through', () => {
    expect(progressLine({ ...half, done: 1_999 }, 4)).toContain('[███·]');
    expect(progressLine({ ...half, done: 2_000, stage: 'check' }, 4)).toContain('[████] 2,000 of 2,000');
  });
});

describe('showProgress', () => {
  const shownOn = async (screen: { isTTY: boolean; columns?: number }, ms: number) => {
    const written: string[] = [];
    const hide = showProgress(
      () => half,
      { ...screen, write: (text) => written.push(text) },
      { redrawMs: 1, lineMs: 1 },
    );
    while (written.length < ms) await new Promise((resolve) => setTimeout(resolve, 1));
    const before = written.length;
    hide();
    return { before: written.slice(0, before), after: written.slice(before) };
  };

  it('redraws one line of a terminal, never wider than it, and leaves it empty', async () => {
    const { before, after } = await shownOn({ isTTY: true, columns: 20 }, 2);
    expect(before[0]).toBe('\r\u001b[2K[███████████████···');
    expect(after).toEqual(['\r\u001b[2K']);
  });

  it('writes plain lines anywhere else', async () => {
    const { before, after } = await shownOn({ isTTY: false }, 2);
    expect(before[0]).toBe('1,000 of 2,000 buyers are through, 1,500 requests in 2.5 s\n');
    expect(after).toEqual([]);
  });
});
