import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@seckill/clock';
import type { Runnable, Running } from './runnable.js';
import { Supervised } from './supervised.js';

/** A runnable that ends when the test says so. */
class FakeRunnable implements Runnable {
  readonly name = 'fake';
  readonly lives: { end: (how: string) => void; stops: number; kills: number }[] = [];
  failures = 0;
  hold: Promise<void> = Promise.resolve();

  async launch(): Promise<Running> {
    await this.hold;
    if (this.failures-- > 0) throw new Error('cannot start');
    let end: (how: string) => void = () => undefined;
    const exited = new Promise<string>((resolve) => (end = resolve));
    const life = { end, stops: 0, kills: 0 };
    this.lives.push(life);
    return {
      pid: this.lives.length,
      exited,
      async stop() {
        life.stops++;
        end('stopped');
      },
      async kill() {
        life.kills++;
        end('killed');
      },
    };
  }
}

/** Lets everything run that is ready. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

function setUp() {
  const clock = new ManualClock();
  const runnable = new FakeRunnable();
  const said: string[] = [];
  const supervised = new Supervised(runnable, clock, (_, line) => said.push(line));
  return { clock, runnable, said, supervised };
}

describe('Supervised', () => {
  it('goes from idle to running, and to stopped when it is stopped', async () => {
    const { runnable, supervised } = setUp();
    expect(supervised.state).toBe('idle');
    const started = supervised.start();
    expect(supervised.state).toBe('starting');
    await started;
    expect(supervised.state).toBe('running');
    expect(supervised.pid).toBe(1);
    const stopped = supervised.stop(1_000);
    expect(supervised.state).toBe('stopping');
    await stopped;
    expect(supervised.state).toBe('stopped');
    expect(runnable.lives).toMatchObject([{ stops: 1, kills: 0 }]);
  });

  it('starts a process again that ended by itself, after a while, and says so', async () => {
    const { clock, runnable, said, supervised } = setUp();
    await supervised.start();
    runnable.lives[0]?.end('ended with code 1');
    await settle();
    expect(supervised.state).toBe('waiting');
    expect(said).toEqual(['ended with code 1; starting it again in 0.2 s']);
    await clock.advance(199);
    await settle();
    expect(runnable.lives).toHaveLength(1);
    await clock.advance(1);
    await settle();
    expect(supervised.state).toBe('running');
    expect(supervised.pid).toBe(2);
    expect(supervised.endings).toBe(1);
    await supervised.stop(1_000);
  });

  it('keeps trying when it cannot be started again', async () => {
    const { clock, runnable, said, supervised } = setUp();
    await supervised.start();
    runnable.failures = 1;
    runnable.lives[0]?.end('ended with SIGKILL');
    await settle();
    await clock.advance(200);
    await settle();
    expect(said.slice(1)).toEqual(['cannot start', 'it could not be started; starting it again in 0.4 s']);
    await clock.advance(400);
    await settle();
    expect(supervised.state).toBe('running');
    await supervised.stop(1_000);
  });

  it('rejects when the first start fails, and can be stopped all the same', async () => {
    const { runnable, supervised } = setUp();
    runnable.failures = 1;
    await expect(supervised.start()).rejects.toThrow('cannot start');
    await supervised.stop(1_000);
    expect(supervised.state).toBe('stopped');
  });

  it('starts nothing any more when it is stopped while it waits', async () => {
    const { clock, runnable, supervised } = setUp();
    await supervised.start();
    runnable.lives[0]?.end('ended with code 1');
    await settle();
    await supervised.stop(1_000);
    await clock.advance(60_000);
    await settle();
    expect(runnable.lives).toHaveLength(1);
  });

  it('leaves nothing running when it is stopped while it starts', async () => {
    const { runnable, supervised } = setUp();
    let letGo: () => void = () => undefined;
    runnable.hold = new Promise((resolve) => (letGo = resolve));
    const started = supervised.start();
    const stopped = supervised.stop(1_000);
    letGo();
    await Promise.all([started, stopped]);
    expect(supervised.state).toBe('stopped');
    expect(runnable.lives).toMatchObject([{ kills: 1 }]);
  });

  it('can be killed while a stop is under way', async () => {
    const { runnable, supervised } = setUp();
    await supervised.start();
    const stopped = supervised.stop(1_000);
    await supervised.kill();
    await stopped;
    expect(runnable.lives).toMatchObject([{ stops: 1 }]);
    expect(supervised.state).toBe('stopped');
  });
});
