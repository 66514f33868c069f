import { spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { accepts, CannotStartError, freePorts, OwnedProcess, scratchDirectory } from '@seckill/embedded';

/** A Redis that flushes each command before it answers, as RocketMQ does here. */
export class Redis {
  private constructor(
    readonly port: number,
    private readonly child: OwnedProcess,
    private readonly directory: string,
  ) {}

  /** @throws CannotStartError when there is no redis-server */
  static async start(say: (line: string) => void): Promise<Redis> {
    if (spawnSync('redis-server', ['--version']).status !== 0)
      throw new CannotStartError(
        'BullMQ needs Redis, and there is no `redis-server` here.',
        'Install it (Debian: apt install redis-server).',
      );
    say('starting Redis');
    const directory = scratchDirectory('bench-redis');
    const port = await freePorts();
    const settings = {
      port: String(port),
      bind: '127.0.0.1',
      dir: directory,
      appendonly: 'yes',
      appendfsync: 'always',
      save: '',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
    const child = new OwnedProcess({ name: 'Redis', program: 'redis-server', args });
    const redis = new Redis(port, child, directory);
    await redis.child.ready(() => accepts(port));
    return redis;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  async stop(): Promise<void> {
    await this.child.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}
