import type { StartOptions } from '../options/start-options.js';
import type { Running } from './flash-sale.js';

/** What runs where, in a few lines, and what to do next. */
export function summary(
  { processes, rocketMqEndpoints, databaseUrl, embedded }: Running,
  options: StartOptions,
): string {
  const of = (role: string) => processes.filter((process) => process.role === role);
  const addresses = (role: string) =>
    of(role)
      .map(({ httpPort }) => `http://127.0.0.1:${httpPort}`)
      .join('  ');
  const { hostname, port } = new URL(databaseUrl);
  const data = options.dataDir === '.data' ? '' : ` --data ${options.dataDir}`;
  return [
    'The flash sale runs:',
    `  gateway          ${addresses('gateway')}  (documentation: /docs)`,
    `  seckill-service  ${addresses('seckill-service')}  (health and metrics)`,
    `  inventory        ${addresses('inventory')}  (health and metrics)`,
    `  Postgres         ${hostname}:${port || 5432}${embedded ? `, data in ${options.dataDir}/postgres` : ''}`,
    `  RocketMQ         ${rocketMqEndpoints}`,
    `A buyer's token:   npm run --silent token -- --sub 42${data}`,
    `An admin's token:  npm run --silent token -- --sub admin --scope sales:admin${data}`,
    'Ctrl-C stops everything in order.',
  ].join('\n');
}
