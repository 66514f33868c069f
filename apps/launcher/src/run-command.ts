import { CannotStartError } from '@seckill/embedded';
import { CommandLineError } from './options/command-line.js';
import { NotReadyError } from './supervisor/readiness.js';

/** Runs a command of the terminal: what the reader can mend is told in a line; anything else keeps its stack. */
export async function runCommand(command: (args: string[]) => Promise<void>): Promise<void> {
  try {
    await command(process.argv.slice(2));
  } catch (error) {
    const expected = [CommandLineError, CannotStartError, NotReadyError].some(
      (kind) => error instanceof kind,
    );
    console.error(expected ? (error as Error).message : error);
    process.exitCode = 1;
  }
}
