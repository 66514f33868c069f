import { type Clock, sleep } from '@seckill/clock';
import { Backoff } from './backoff.js';
import type { Runnable, Running } from './runnable.js';

/**
 * The life of a supervised process: `idle` until its start, `starting`, `running`, `waiting` to be started again after
 * it ended by itself, `stopping`, `stopped` for good.
 */
export type SupervisedState = 'idle' | 'starting' | 'running' | 'waiting' | 'stopping' | 'stopped';

/** Keeps one {@link Runnable} running until it is stopped. */
export class Supervised {
  /** How often it has ended by itself. */
  endings = 0;
  private current: Running | undefined;
  private following: Promise<void> | undefined;
  private readonly stopped = new AbortController();
  private readonly backoff = new Backoff();
  private phase: SupervisedState = 'idle';

  /** @param say receives a line for each event of the process */
  constructor(
    private readonly runnable: Runnable,
    private readonly clock: Clock,
    private readonly say: (name: string, line: string) => void,
  ) {}

  get name(): string {
    return this.runnable.name;
  }

  get state(): SupervisedState {
    return this.phase;
  }

  /** The process, while it runs. */
  get pid(): number | undefined {
    return this.current?.pid;
  }

  /** Starts it. Rejects when the first start fails; after that, it is started again for as long as it takes. */
  async start(): Promise<void> {
    if (this.phase !== 'idle') throw new Error(`${this.name} cannot be started twice.`);
    this.phase = 'starting';
    const launched = this.runnable.launch();
    // A stop that arrives meanwhile waits for this, so that nothing is started behind its back.
    this.following = launched.then((running) => this.follow(running)).catch(() => undefined);
    await launched;
  }

  /** Ends it for good: asks, waits `graceMs` milliseconds, then makes it. Repeating it does nothing new. */
  stop(graceMs: number): Promise<void> {
    return this.finish((running) => running.stop(graceMs));
  }

  /** Ends it for good, at once. */
  kill(): Promise<void> {
    return this.finish((running) => running.kill());
  }

  private async finish(end: (running: Running) => Promise<void>): Promise<void> {
    if (this.phase === 'stopped') return;
    this.phase = 'stopping';
    this.stopped.abort();
    if (this.current) await end(this.current);
    await this.following;
    this.phase = 'stopped';
  }

  private async follow(first: Running): Promise<void> {
    let running: Running | undefined = first;
    for (;;) {
      let ranMs = 0;
      let how = 'it could not be started';
      if (running) {
        const began = this.clock.now();
        how = await this.live(running);
        ranMs = this.clock.now() - began;
      }
      if (this.stopped.signal.aborted) return;
      this.endings++;
      this.phase = 'waiting';
      const waitMs = this.backoff.after(ranMs);
      this.say(this.name, `${how}; starting it again in ${waitMs / 1_000} s`);
      await sleep(this.clock, waitMs, this.stopped.signal);
      if (this.stopped.signal.aborted) return;
      this.phase = 'starting';
      running = await this.runnable.launch().catch((error: Error) => {
        this.say(this.name, error.message);
        return undefined;
      });
    }
  }

  /** Follows one life to its end. */
  private async live(running: Running): Promise<string> {
    if (this.stopped.signal.aborted) {
      // Stopped while it was being started.
      await running.kill();
      return running.exited;
    }
    this.phase = 'running';
    this.current = running;
    const how = await running.exited;
    this.current = undefined;
    return how;
  }
}
