import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { endProcess, identify, nodeFlags, PidFile } from '@seckill/embedded';
import type { Runnable, Running } from './runnable.js';

/** How to run one program of this repository. */
export interface NodeProcessPlan {
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  /** Everything that it is to know; nothing of this process's environment is added. */
  readonly env: NodeJS.ProcessEnv;
  /** Modules to load before it. */
  readonly preload?: readonly string[];
}

/**
 * A program of this repository as a process of its own. It has its own process group, so that Ctrl-C in the terminal
 * reaches only the launcher, which stops everything in order; and a pid file, by which the next start finds it if the
 * launcher is killed.
 */
export class NodeProcess implements Runnable {
  readonly name: string;
  private readonly pidFile: PidFile;

  /**
   * @param runDir holds the pid files
   * @param print is given each line that it writes
   */
  constructor(
    private readonly plan: NodeProcessPlan,
    runDir: string,
    private readonly print: (name: string, line: string) => void,
  ) {
    this.name = plan.name;
    this.pidFile = PidFile.in(runDir, plan.name);
  }

  async launch(): Promise<Running> {
    const { script, args = [], env, preload = [] } = this.plan;
    const imports = preload.flatMap((module) => ['--import', module]);
    const child = spawn(process.execPath, [...nodeFlags, ...imports, script, ...args], {
      detached: true,
      env,
      // The pipe to its standard input closes when the launcher is gone (end-with-launcher.ts).
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => {
        this.pidFile.remove();
        resolve(signal ? `ended by ${signal}` : `ended with code ${code}`);
      });
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => resolve(child.pid!));
    });
    child.stdin.on('error', () => undefined);
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => this.print(this.name, line));
    const identity = identify(pid) ?? { pid, startedAt: 'gone' };
    if (identity.startedAt !== 'gone') this.pidFile.write(identity);

    const end = async (signal: NodeJS.Signals, graceMs: number) => {
      if ((await endProcess(identity, graceMs, signal)) === 'killed' && signal !== 'SIGKILL')
        this.print(this.name, `did not end within ${graceMs / 1_000} s and was killed`);
      await exited;
    };
    return { pid, exited, stop: (graceMs) => end('SIGTERM', graceMs), kill: () => end('SIGKILL', 1_000) };
  }
}
