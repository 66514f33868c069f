import { parseArgs } from 'node:util';
import pg from 'pg';
import { z } from 'zod';
import { connectionUrl, readSettings, SettingsError } from '@seckill/runtime';
import { purgeSales } from './purge/purge-sales.js';

const help = `Deletes sales that are over, with the outcomes of all their requests.

  node dist/apps/inventory/src/purge.js --closed-before 2026-01-01 [--dry-run]

  --closed-before  sales that closed before this date or time (ISO 8601, UTC unless it says otherwise);
                   never one that closed less than a day ago
  --dry-run        only report what would be deleted
  --help           this page

DATABASE_URL names the ledger. It may be interrupted and run again, and may run while sales are open.
`;

const say = (text: string) => process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'closed-before': { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void say(help);
  const closedBefore = Date.parse(values['closed-before'] ?? '');
  if (Number.isNaN(closedBefore)) throw new SettingsError('--closed-before is required, such as 2026-01-01');
  const { DATABASE_URL } = readSettings(
    z.object({
      DATABASE_URL: connectionUrl('postgres://user:password@host:5432/ledger', ['postgres', 'postgresql']),
    }),
    process.env,
  );
  const client = new pg.Client({ connectionString: DATABASE_URL, application_name: 'inventory purge' });
  await client.connect();
  try {
    const { sales, outcomes } = await purgeSales(client, { closedBefore, dryRun: values['dry-run'] }, say);
    say(`${sales} sales, ${outcomes} outcomes ${values['dry-run'] ? 'would be deleted' : 'deleted'}`);
  } finally {
    await client.end();
  }
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
