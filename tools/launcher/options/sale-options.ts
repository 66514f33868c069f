import {
  CommandLineError,
  describeOptions,
  list,
  option,
  parseCommandLine,
  text,
  wholeNumber,
} from '@tools/command-line';

const options = {
  // Their whole history is kept in memory: about 2 KB each.
  buyers: option('N', 'how many buyers, each for one unit', wholeNumber(1, 200_000), '5000'),
  stock: option('N', 'units of each item', wholeNumber(1, 2_147_483_647), '500'),
  items: option('N', 'items, each a sale of its own; buyers are spread evenly', wholeNumber(1, 1_000), '1'),
  concurrency: option('N', 'how many buyers at once', wholeNumber(1, 10_000), '500'),
  gateway: list('URL', 'a gateway, once for each (those of `npm start`)', baseUrl),
  wait: option(
    'S',
    "how long a gateway is asked to hold a request (the gateway's own 2 s)",
    wholeNumber(0, 60),
  ),
  timeout: option('S', 'no purchase starts after so many seconds', wholeNumber(1, 86_400), '180'),
  data: option('DIR', 'data directory of the running system', text, '.data'),
};

const help = `Usage: npm run sale -- [options]

Opens a sale on the system that \`npm start\` runs and lets a crowd of buyers storm it. A buyer who gets no answer, 202
or 503 repeats the request with the same Idempotency-Key until the outcome is known. At the end every answer is compared
with the ledger.

${describeOptions(options)}

Environment variables:
  DATABASE_URL   the ledger to compare with, when it is not the embedded one
  JWT_SECRET     signs the buyers' tokens, when it is not the one in the data directory

Ctrl-C stops the buyers and checks the answers so far; a second Ctrl-C exits at once.
Exit code: 0 every invariant held, 1 one is broken, 2 wrong usage or nothing could be checked.`;

/** What `npm run sale` is asked for. */
export type SaleOptions = ReturnType<typeof parseSaleOptions>;

/** @throws CommandLineError, HelpRequest */
export function parseSaleOptions(args: readonly string[]) {
  const { values } = parseCommandLine(args, { help, options });
  const { gateway: gateways, wait: waitS, timeout: timeoutS, data: dataDir, ...rest } = values;
  return { ...rest, gateways, waitS, timeoutS, dataDir };
}

function baseUrl(given: string): string {
  if (!given.startsWith('http://') || !URL.canParse(given))
    throw new CommandLineError(`--gateway takes a URL like http://127.0.0.1:3000, not "${given}".`);
  return new URL(given).origin;
}
