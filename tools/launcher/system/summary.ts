import type { StartOptions } from '../options/start-options.js';
import type { Running } from './flash-sale.js';

/** What runs where, in a few lines, and what to do next. */
export function summary(running: Running, options: StartOptions): string {
  const { processes, rocketMq, databaseUrl, embedded, demo } = running;
  const urls = (role: string) =>
    processes
      .filter((process) => process.role === role)
      .map(({ httpPort }) => `http://127.0.0.1:${httpPort}`);
  const { hostname, port } = new URL(databaseUrl);
  const data = options.dataDir === '.data' ? '' : ` --data ${options.dataDir}`;
  const place = (folder: string) => `, data in ${options.dataDir}/${folder}`;
  return [
    'The flash sale runs:',
    `  gateway          ${urls('gateway').join('  ')}`,
    `  seckill-service  ${urls('seckill-service').join('  ')}  (health and metrics)`,
    `  inventory        ${urls('inventory').join('  ')}  (health and metrics)`,
    `  Postgres         ${hostname}:${port || 5432}${embedded ? place('postgres') : ''}`,
    `  RocketMQ         ${rocketMq.endpoints}${rocketMq.embedded ? ` (a stand-in)${place('stand-in')}` : ''}`,
    `Documentation:     ${urls('gateway')[0]}/docs`,
    ...(demo
      ? [
          '',
          `Buy one of the ${demo.total.toLocaleString('en-US')} units of the sale "${demo.saleId}":`,
          '',
          demo.curl,
          '',
        ]
      : []),
    `A crowd of buyers: npm run sale${data && ` --${data}`}`,
    `A buyer's token:   npm run --silent token -- --sub 42${data}`,
    `An admin's token:  npm run --silent token -- --sub admin --scope sales:admin${data}`,
    'Ctrl-C stops everything in order.',
  ].join('\n');
}
