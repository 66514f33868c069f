import { parseArgs, type ParseArgsConfig } from 'node:util';

/** The command line cannot be understood. Its message is one line that says what to write instead. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

/** One option: what follows it, what it is for, and its default in words where there is one. */
export interface OptionHelp {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly help: string;
}

/** Options by name, as they are written after `--`. */
export type OptionTable = Readonly<Record<string, OptionHelp>>;

const help: OptionHelp = { type: 'boolean', help: 'show this' };

/**
 * Takes a command line apart.
 *
 * @throws CommandLineError for an unknown option or a value that is missing
 */
export function takeApart(
  args: readonly string[],
  table: OptionTable,
): { positionals: string[]; values: Record<string, string | boolean | (string | boolean)[] | undefined> } {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { type, multiple = false }] of Object.entries({ ...table, help }))
    options[name] = { type, multiple };
  try {
    const { positionals, values } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { positionals, values };
  } catch (cause) {
    const [first = ''] = (cause as Error).message.split(/\. |\n/);
    throw new CommandLineError(`${first.replace(/\.$/, '')}. --help shows what there is.`, { cause });
  }
}

/** The options as lines of a help text. */
export function describeOptions(table: OptionTable): string {
  const rows = Object.entries({ ...table, help }).map(
    ([name, { value, help }]) => [`--${name}${value ? ` ${value}` : ''}`, help] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}

/** @throws CommandLineError unless `text` is a whole number between `least` and `most` */
export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most)
    throw new CommandLineError(`--${name} takes a whole number from ${least} to ${most}, not "${text}".`);
  return number;
}
