import { whole } from '@tools/command-line';
import type { Progress } from './run-sale.js';

const words = {
  storm: 'buyers are through',
  settle: 'buyers are through; asking for what is pending',
  check: 'buyers are through; checking',
} as const;

/** One line: a bar of `width` characters, if any, and how far the sale is. */
export function progressLine({ stage, buyers, done, requests, ms }: Progress, width: number): string {
  const full = Math.floor((done / buyers) * width);
  const drawn = width > 0 ? `[${'█'.repeat(full)}${'·'.repeat(width - full)}] ` : '';
  const seconds = ms / 1_000;
  return `${drawn}${whole(done)} of ${whole(buyers)} ${words[stage]}, ${whole(requests)} requests in ${seconds.toFixed(1)} s`;
}
