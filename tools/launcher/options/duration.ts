import { CommandLineError } from './command-line.js';

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Reads "90s", "15m", "1h" or "7d".
 *
 * @returns milliseconds
 * @throws CommandLineError for anything else
 */
export function parseDuration(name: string, text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (!count || !unit || Number(count) === 0)
    throw new CommandLineError(`--${name} takes a time like 90s, 15m, 1h or 7d, not "${text}".`);
  return Number(count) * units[unit as keyof typeof units];
}
