import { identify, nodeFlags, OwnedProcess, PidFile } from '@seckill/embedded';
import type { Runnable, Running } from './runnable.js';

/** How to run one program of this repository. */
export interface NodeProcessPlan {
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  /** Its environment; of this process's own it gets PATH and HOME alone. */
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
    const child = new OwnedProcess({
      name: this.name,
      program: process.execPath,
      args: [...nodeFlags, ...imports, script, ...args],
      env,
      // The pipe to its standard input ends it when the launcher is gone (end-with-launcher.ts).
      detached: true,
      onLine: (line) => this.print(this.name, line),
    });
    const { pid } = child;
    if (pid === undefined) throw new Error(`${this.name} ${await child.exited}`);
    const identity = identify(pid);
    if (identity) this.pidFile.write(identity);
    const exited = child.exited.finally(() => this.pidFile.remove());
    return {
      pid,
      exited,
      stop: async (graceMs) => {
        if ((await child.stop(graceMs)) === 'ended with SIGKILL')
          this.print(this.name, `did not end within ${graceMs / 1_000} s and was killed`);
        await exited;
      },
      kill: async () => {
        await child.kill();
        await exited;
      },
    };
  }
}
