import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CannotStartError } from '@seckill/embedded';
import { HttpClient } from '@tools/load';
import type { SaleOptions } from '../options/sale-options.js';
import { readRunRecord } from '../system/run-record.js';
import { jwtSecret, secretFile } from '../system/secret.js';

/** The running system, as its buyers see it. */
export interface Shop {
  /** Base URLs. */
  readonly gateways: readonly string[];
  /** What its tokens are signed with. */
  readonly jwtSecret: string;
  /** The ledger's database, where it is in reach. */
  readonly ledgerUrl: string | undefined;
}

/** Where `npm start` puts gateways when nothing else is said. */
const usualGateways = ['http://127.0.0.1:3000', 'http://127.0.0.1:3001'];

/**
 * Finds the system to storm: the gateways that were named, or those of the launcher over the same data directory, or
 * the usual ones.
 *
 * @throws CannotStartError when none of them is ready, or it is unknown how tokens are signed
 */
export async function findShop(options: SaleOptions, env: NodeJS.ProcessEnv): Promise<Shop> {
  const dataDir = resolve(options.dataDir);
  const record = readRunRecord(dataDir);
  const known = record?.gateways ?? usualGateways;
  const wanted = options.gateways.length > 0 ? options.gateways : known;
  const gateways = options.gateways.length > 0 || record ? wanted : await readyOf(wanted);
  if ((await readyOf(gateways)).length === 0)
    throw new CannotStartError(
      `No gateway is ready at ${wanted.join(' or ')}.`,
      'Start one with `npm start`, or name yours with --gateway.',
    );
  if (!env['JWT_SECRET'] && !existsSync(secretFile(dataDir)))
    throw new CannotStartError(
      `There is no ${join(options.dataDir, 'secret')} to sign tokens with.`,
      'Name the data directory of the running system with --data, or set JWT_SECRET to its secret.',
    );
  const isRecorded = record && wanted.every((url) => record.gateways.includes(url));
  return {
    gateways,
    jwtSecret: jwtSecret(dataDir, env),
    ledgerUrl: env['DATABASE_URL'] || (isRecorded ? record.ledgerUrl : undefined),
  };
}

async function readyOf(gateways: readonly string[]): Promise<string[]> {
  const client = new HttpClient(1);
  const isReady = async (gateway: string) => {
    const url = `${gateway}/health/ready`;
    const response = await client.send({ method: 'GET', url, timeoutMs: 2_000 }).catch(() => undefined);
    return response?.status === 200;
  };
  const ready = await Promise.all(gateways.map(isReady));
  client.close();
  return gateways.filter((_, index) => ready[index]);
}
