import { join } from 'node:path';
import { OwnedProcess, repositoryRoot } from '@seckill/embedded';

/** A command of package.json, as a process of its own; the real run.mjs runs it. */
export class Command {
  /** Everything that it has printed. */
  output = '';
  readonly #child: OwnedProcess;

  /** @param program under dist, such as `tools/launcher/start.js` */
  constructor(program: string, args: readonly string[]) {
    // No environment: the embedded parts are to be used, wherever the other tests have theirs.
    this.#child = new OwnedProcess({
      name: program,
      program: process.execPath,
      args: [join(repositoryRoot(), 'tools', 'scripts', 'run.mjs'), program, ...args],
      onLine: (line) => (this.output += `${line}\n`),
    });
  }

  /** Waits until it has printed something like this. @throws Error with its output when it ends before, or too late */
  async printed(words: RegExp, timeoutMs = 120_000): Promise<void> {
    const isThere = () => words.test(this.output);
    await this.#child.ready(isThere, timeoutMs).catch((error: Error) => {
      if (!isThere()) throw new Error(`without ${words}: ${error.message}`, { cause: error });
    });
  }

  /** Waits for its end. @returns how it ended, such as `ended with code 0` */
  ended(): Promise<string> {
    return this.#child.exited;
  }

  /** Sends a signal, if it still runs. */
  signal(name: NodeJS.Signals): void {
    this.#child.signal(name);
  }
}
