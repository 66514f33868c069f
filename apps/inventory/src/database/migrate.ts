import { fileURLToPath, pathToFileURL } from 'node:url';
import { runner } from 'node-pg-migrate';
import type { MigrationBuilder } from 'node-pg-migrate';
import pg from 'pg';
import { connected } from './database-errors.js';
import type { Log } from '@seckill/log';

/** A migration file. */
interface MigrationModule {
  up: (pgm: MigrationBuilder) => void;
  down: false;
}

const directory = fileURLToPath(new URL('../migrations/', import.meta.url));

/**
 * Brings the schema up to date. When several processes do so at once, one does the work and the others wait for it
 * (advisory lock, at most `waitMs`).
 */
export async function migrate(url: string, log: Log, waitMs = 30_000): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'inventory migrations',
    connectionTimeoutMillis: 5_000,
    lock_timeout: waitMs,
    // A migration has no time limit, but a lost server must be noticed.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  client.on('error', () => {});
  await connected(client.connect());
  try {
    await runner({
      dbClient: client,
      dir: directory,
      // In dist, source maps lie beside the migrations.
      ignorePattern: '.*\\.(map|d\\.ts)',
      // The runner's own loader compiles TypeScript a second time; an import works from sources and from dist alike.
      migrationLoaderStrategies: [{ extensions: ['.ts', '.js'], loader: importAll }],
      migrationsTable: 'inventory_migration',
      direction: 'up',
      singleTransaction: true,
      advisoryLockMode: 'wait',
      logger: quiet(log),
    });
  } finally {
    await client.end();
  }
}

async function importAll(paths: string[]) {
  return Promise.all(
    paths.map(async (path) => {
      const actions = (await import(pathToFileURL(path).href)) as MigrationModule;
      return { id: path, filePaths: [path], actions: { up: actions.up, down: actions.down } };
    }),
  );
}

/** The runner logs on every start that there is nothing to do. Failures are thrown, and logged by the caller. */
function quiet(log: Log) {
  return {
    info: (message: string) => {
      if (message.startsWith('### MIGRATION')) log.log(message.replaceAll('#', '').trim().toLowerCase());
    },
    warn: (message: string) => log.warn(message),
    error: () => {},
  };
}
