import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '@seckill/embedded';
import type { Runnable, Running } from '../supervisor/runnable.js';

/** Embedded Postgres as a part that is watched like the others. After a crash it comes back at the same port. */
export class PostgresProcess implements Runnable {
  readonly name = 'postgres';
  private last: EmbeddedPostgres | undefined;

  constructor(private readonly options: EmbeddedPostgresOptions) {}

  /** @see EmbeddedPostgres.url */
  url(database: string): string {
    if (!this.last) throw new Error('Postgres has no address before its first start.');
    return this.last.url(database);
  }

  async launch(): Promise<Running> {
    const options = this.last ? { ...this.options, port: this.last.port, fresh: false } : this.options;
    const postgres = await startEmbeddedPostgres(options);
    this.last = postgres;
    return {
      pid: postgres.pid,
      exited: postgres.exited.then(() => 'ended'),
      stop: () => postgres.stop(),
      kill: () => postgres.kill(),
    };
  }
}
