import pg from 'pg';
import { rolePassword } from './cluster-files.js';

const address = '127.0.0.1';

/** A URL that opens `database` as the role of the same name, which owns it and can open no other. */
export function databaseUrl(port: number, superuser: string, database: string): string {
  const password = rolePassword(superuser, database);
  return `postgres://${encodeURIComponent(database)}:${password}@${address}:${port}/${encodeURIComponent(database)}`;
}

/** Creates what is missing of the databases and their roles. Repeating it changes nothing. */
export async function ensureDatabases(
  port: number,
  superuser: string,
  databases: readonly string[],
): Promise<void> {
  const client = new pg.Client({
    host: address,
    port,
    user: 'postgres',
    password: superuser,
    database: 'postgres',
  });
  await client.connect();
  try {
    for (const name of databases) await ensureDatabase(client, name, rolePassword(superuser, name));
  } finally {
    await client.end();
  }
}

async function ensureDatabase(client: pg.Client, name: string, password: string): Promise<void> {
  const identifier = client.escapeIdentifier(name);
  const role = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
  // Also for an old role: the password file may have been replaced.
  await client.query(
    `${role.rowCount ? 'ALTER' : 'CREATE'} ROLE ${identifier} LOGIN PASSWORD ${client.escapeLiteral(password)}`,
  );
  const database = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  if (!database.rowCount) await client.query(`CREATE DATABASE ${identifier} OWNER ${identifier}`);
  await client.query(`REVOKE CONNECT ON DATABASE ${identifier} FROM PUBLIC`);
}
