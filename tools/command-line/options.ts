import { parseArgs, type ParseArgsConfig } from 'node:util';
import { CommandLineError, HelpRequest } from './errors.js';
import type { Reader } from './readers.js';

/** One option of a command: how its value is read, and what the help text says. */
export interface Option<T> {
  readonly type: 'string' | 'boolean';
  readonly multiple: boolean;
  /** Stands for the value in the help text. */
  readonly placeholder: string;
  readonly help: string;
  /** @param given all values that follow the option, none when it is absent */
  read(given: readonly string[], option: string): T;
}

/** The values of options, by the same names. */
export type Values<Options> = {
  readonly [Name in keyof Options]: Options[Name] extends Option<infer T> ? T : never;
};

/** What a command understands. */
export interface CommandLine<Options> {
  /** The help text. */
  readonly help: string;
  /** By their names in camel case: `httpPort` is written `--http-port`. */
  readonly options: Options;
  /** The most words that may stand beside the options. @default 0 */
  readonly words?: number;
}

/** An option without a value. */
export function flag(help: string): Option<boolean> {
  return { type: 'boolean', multiple: false, placeholder: '', help, read: (given) => given.length > 0 };
}

/**
 * An option with a value.
 * @param standard what it is when it is absent; undefined otherwise
 */
export function option<T>(placeholder: string, help: string, read: Reader<T>): Option<T | undefined>;
export function option<T>(placeholder: string, help: string, read: Reader<T>, standard: string): Option<T>;
export function option<T>(
  placeholder: string,
  help: string,
  read: Reader<T>,
  standard?: string,
): Option<T | undefined> {
  return {
    type: 'string',
    multiple: false,
    placeholder,
    help: standard === undefined ? help : `${help} (${standard})`,
    read: ([given = standard], name) => (given === undefined ? undefined : read(given, name)),
  };
}

/** An option with a value that may be given several times. */
export function list<T>(placeholder: string, help: string, read: Reader<T>): Option<readonly T[]> {
  return {
    type: 'string',
    multiple: true,
    placeholder,
    help,
    read: (given, name) => given.map((one) => read(one, name)),
  };
}

/**
 * Reads the arguments of a command.
 * @throws HelpRequest when they ask for help
 * @throws CommandLineError when they are wrong
 */
export function parseCommandLine<const Options extends Readonly<Record<string, Option<unknown>>>>(
  args: readonly string[],
  { help, options, words = 0 }: CommandLine<Options>,
): { words: string[]; values: Values<Options> } {
  const { positionals, values } = takeApart(args, options);
  if (values['help']) throw new HelpRequest(help);
  if (positionals.length > words)
    throw new CommandLineError(`Unexpected argument "${positionals[words]}". --help shows what there is.`);
  const read = Object.entries(options).map(([name, option]) => {
    const given = [values[dashed(name)] ?? []].flat().map(String);
    return [name, option.read(given, `--${dashed(name)}`)];
  });
  return { words: positionals, values: Object.fromEntries(read) as Values<Options> };
}

/** The options as lines of a help text. */
export function describeOptions(options: Readonly<Record<string, Option<unknown>>>): string {
  const rows = Object.entries({ ...options, help: flag('show this') }).map(
    ([name, { placeholder, help }]) => [`--${dashed(name)} ${placeholder}`.trimEnd(), help] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}

const dashed = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function takeApart(args: readonly string[], options: Readonly<Record<string, Option<unknown>>>) {
  const known: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean' } };
  for (const [name, { type, multiple }] of Object.entries(options)) known[dashed(name)] = { type, multiple };
  try {
    return parseArgs({ args: [...args], options: known, allowPositionals: true });
  } catch (cause) {
    const [first = ''] = (cause as Error).message.split(/\. |\n/);
    throw new CommandLineError(`${first.replace(/\.$/, '')}. --help shows what there is.`, { cause });
  }
}
