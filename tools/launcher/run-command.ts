import { CannotStartError } from '@seckill/embedded';
import { ShopRefusedError, ShopUnavailableError } from '@tools/load';
import { SettingsError } from '@seckill/runtime';
import { TlsFilesError } from '@seckill/tls';
import { CommandLineError } from './options/command-line.js';
import { NotReadyError } from './supervisor/readiness.js';

const expected = [
  CommandLineError,
  CannotStartError,
  NotReadyError,
  SettingsError,
  ShopRefusedError,
  ShopUnavailableError,
  TlsFilesError,
];

/** What the machine says no to, in the words of this page; anything else keeps its stack. */
const machine: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: make room and start again',
  EDQUOT: 'The quota of the disk is used up: make room and start again',
  EACCES: 'A permission is missing',
  EPERM: 'A permission is missing',
  EEXIST: 'A file is in the way of a directory',
  ENOTDIR: 'A file is in the way of a directory',
  EROFS: 'The disk cannot be written to: choose another directory with --data',
};

/**
 * Runs a command of the terminal: what the reader can mend is told in a line; anything else keeps its stack.
 *
 * @param failure exit code of what went wrong otherwise than by the command line, whose code is 2
 */
export async function runCommand(
  command: (args: string[]) => Promise<void>,
  failure: number = 1,
): Promise<void> {
  try {
    await command(process.argv.slice(2));
  } catch (error) {
    console.error(inWords(error));
    process.exitCode = error instanceof CommandLineError ? 2 : failure;
  }
}

function inWords(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (expected.some((kind) => error instanceof kind)) return error.message;
  const { code, path } = error as NodeJS.ErrnoException;
  const words = code === undefined ? undefined : machine[code];
  return words === undefined ? error : `${words} (${path ?? error.message}).`;
}
