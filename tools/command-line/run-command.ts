import { CannotStartError } from '@seckill/embedded';
import { ShopRefusedError, ShopUnavailableError } from '@tools/load';
import { SettingsError } from '@seckill/runtime';
import { TlsFilesError } from '@seckill/tls';
import { CommandLineError, ExplainedError, HelpRequest } from './errors.js';

const explained = [
  ExplainedError,
  CannotStartError,
  SettingsError,
  ShopRefusedError,
  ShopUnavailableError,
  TlsFilesError,
];

/** Errors of the operating system that the reader can mend; any other error keeps its stack. */
const system: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: make room and start again',
  EDQUOT: 'The quota of the disk is used up: make room and start again',
  EACCES: 'A permission is missing',
  EPERM: 'A permission is missing',
  EEXIST: 'A file is in the way of a directory',
  ENOTDIR: 'A file is in the way of a directory',
  EROFS: 'The disk cannot be written to: choose another directory with --data',
};

/**
 * Runs a command of the terminal. An error that the reader can mend is shown as one line, any other with its stack. The
 * exit code is 2 when the command line is wrong.
 *
 * @param failure exit code of any other error
 */
export async function runCommand<Options>(
  parse: (args: readonly string[]) => Options,
  run: (options: Options) => Promise<void>,
  failure: number = 1,
): Promise<void> {
  try {
    await run(parse(process.argv.slice(2)));
  } catch (error) {
    if (error instanceof HelpRequest) return console.log(error.message);
    console.error(shown(error));
    process.exitCode = error instanceof CommandLineError ? 2 : failure;
  }
}

function shown(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (explained.some((kind) => error instanceof kind)) return error.message;
  const { code, path } = error as NodeJS.ErrnoException;
  const words = code === undefined ? undefined : system[code];
  return words === undefined ? error : `${words} (${path ?? error.message}).`;
}
