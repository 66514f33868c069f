import { milliseconds, whole } from '@tools/command-line';
import type { Load } from '../generator/plan.js';
import type { Round } from '../measure/round.js';

/** How requests arrive, in words. */
export function loadWords(load: Load): string {
  if (load.kind === 'open') return `${whole(load.perSecond)}/s arriving`;
  return `${whole(load.connections)} connection${load.connections === 1 ? '' : 's'}`;
}

/** What a cell is, in words. */
function cellWords(cell: { items: number; load: Load; variant?: string }): string {
  const items = cell.items === 1 ? 'one item' : `${whole(cell.items)} items`;
  return [items, loadWords(cell.load), cell.variant].filter((word) => word !== undefined).join(', ');
}

/** One line of progress. @param measured why it failed, when it did */
export function roundLine(
  cell: { system: string; items: number; load: Load; variant?: string },
  turn: string,
  measured: Round | string,
): string {
  const name = `${turn}  ${cellWords(cell)}  ${cell.system.padEnd(6)}`;
  if (typeof measured === 'string') return `${name}  failed: ${measured}`;
  const { perSecond, latency, cpuMs, otherAnswers, lost, unanswered } = measured;
  const doubts = [
    otherAnswers > 0.001
      ? `${(otherAnswers * 100).toFixed(1)} % other answers ${JSON.stringify(measured.statuses)}`
      : '',
    lost > 0 ? `${lost} connections lost` : '',
    unanswered > 0 ? `${unanswered} unanswered` : '',
  ].filter((doubt) => doubt !== '');
  const figures = [
    `${whole(perSecond)}/s`,
    `p50 ${milliseconds(latency.p50)} ms`,
    `p99 ${milliseconds(latency.p99)} ms`,
    `${(cpuMs['all'] ?? 0).toFixed(2)} ms CPU`,
    ...doubts,
  ];
  return `${name}  ${figures.join('  ')}`;
}
