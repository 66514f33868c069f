import { execFile } from 'node:child_process';
import type { System } from '@tools/testbed';

const EVERY_MS = 1_000;

/** Notes how much memory each process has had at most. */
export class MemoryWatch {
  readonly #system: System;
  readonly #peaks = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(system: System) {
    this.#system = system;
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
    this.#look();
  }

  /** MB of resident memory by name of the process. */
  stop(): Record<string, number> {
    clearInterval(this.#timer);
    return Object.fromEntries([...this.#peaks].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #look(): void {
    const pids = Object.entries(this.#system.pids());
    if (pids.length === 0) return;
    execFile('ps', ['-o', 'pid=,rss=', '-p', pids.map(([, pid]) => pid).join(',')], (_error, output) => {
      for (const line of output.trim().split('\n')) {
        const [pid, kilobytes] = line.trim().split(/\s+/).map(Number);
        const name = pids.find(([, one]) => one === pid)?.[0];
        if (name === undefined || kilobytes === undefined) continue;
        this.#peaks.set(name, Math.max(this.#peaks.get(name) ?? 0, Math.round(kilobytes / 1_024)));
      }
    });
  }
}
