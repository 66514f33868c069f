import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '@seckill/embedded';
import { waitFor } from '@tools/testbed';

/** A command of package.json, as a process of its own; the real run.mjs runs it. */
export class Command {
  /** Everything that it has printed. */
  output = '';
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | string>;

  /** @param program under dist, such as `tools/launcher/start.js` */
  constructor(program: string, args: readonly string[]) {
    const { PATH = '', HOME = '' } = process.env;
    this.#child = spawn(
      process.execPath,
      [join(repositoryRoot(), 'tools', 'scripts', 'run.mjs'), program, ...args],
      {
        // Nothing else: the embedded parts are to be used, wherever the other tests have theirs.
        env: { PATH, HOME },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.#exited = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve(code ?? signal ?? 'gone'));
    });
  }

  /** Waits until it has printed something like this. @throws Error with its output when it ends before, or too late */
  async printed(words: RegExp, timeoutMs = 120_000): Promise<RegExpExecArray> {
    let ended: number | string | undefined;
    void this.#exited.then((how) => (ended = how));
    const found = await waitFor(
      `${words} in the output`,
      () => words.exec(this.output) ?? (ended === undefined ? undefined : ('ended' as const)),
      { timeoutMs },
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.output}`, { cause: error });
    });
    if (found === 'ended') throw new Error(`it ended (${ended}) without ${words}\n${this.output}`);
    return found;
  }

  /** Waits for its end. @returns its exit code, or the signal that ended it */
  ended(): Promise<number | string> {
    return this.#exited;
  }

  /** Sends a signal, if it still runs. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }
}
