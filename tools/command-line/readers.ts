import { CommandLineError } from './errors.js';

/** Turns the text of an option into its value. @throws CommandLineError that says what the option takes */
export type Reader<T> = (given: string, option: string) => T;

/** Any text. */
export const text: Reader<string> = (given) => given;

/** A whole number between two bounds, both included. */
export function wholeNumber(least: number, most: number): Reader<number> {
  return (given, option) => {
    const number = Number(given);
    if (!/^\d+$/.test(given) || number < least || number > most)
      throw new CommandLineError(`${option} takes a whole number from ${least} to ${most}, not "${given}".`);
    return number;
  };
}

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A time such as 90s, 15m, 1h or 7d, in ms. */
export const duration: Reader<number> = (given, option) => {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(given) ?? [];
  if (!count || !unit || Number(count) === 0)
    throw new CommandLineError(`${option} takes a time like 90s, 15m, 1h or 7d, not "${given}".`);
  return Number(count) * units[unit as keyof typeof units];
};

/** One of these words. */
export function oneOf<Name extends string>(names: readonly Name[]): Reader<Name> {
  return (given, option) => {
    const found = names.find((name) => name === given);
    if (!found) throw new CommandLineError(`${option} takes one of ${names.join(', ')}, not "${given}".`);
    return found;
  };
}

/** Several, with commas between them. */
export function commaSeparated<T>(read: Reader<T>): Reader<T[]> {
  return (given, option) => given.split(',').map((one) => read(one, option));
}
