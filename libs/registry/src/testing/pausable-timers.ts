import { systemClock, type Clock, type Timer } from '@seckill/clock';

/** Timers that can be paused, as those of a process are between SIGSTOP and SIGCONT. */
export class PausableTimers implements Pick<Clock, 'setTimeout' | 'setImmediate'> {
  #paused = false;
  readonly #due = new Set<() => void>();

  setTimeout(callback: () => void, ms: number): Timer {
    const run = () => {
      this.#due.delete(run);
      callback();
    };
    const timer = systemClock.setTimeout(() => (this.#paused ? void this.#due.add(run) : run()), ms);
    return {
      clear: () => {
        timer.clear();
        this.#due.delete(run);
      },
    };
  }

  setImmediate(callback: () => void): void {
    systemClock.setImmediate(callback);
  }

  /** Holds back callbacks that become due from now on. */
  pause(): void {
    this.#paused = true;
  }

  /** Runs the callbacks that became due meanwhile. */
  resume(): void {
    this.#paused = false;
    for (const run of this.#due) run();
  }
}
