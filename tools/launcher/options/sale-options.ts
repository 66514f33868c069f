import {
  CommandLineError,
  type OptionTable,
  describeOptions,
  takeApart,
  wholeNumber,
} from './command-line.js';

const table: OptionTable = {
  buyers: { type: 'string', value: 'N', help: 'how many buyers come, each for one unit (5000)' },
  stock: { type: 'string', value: 'N', help: 'units of each item (500)' },
  items: { type: 'string', value: 'N', help: 'items, each a sale of its own; buyers are spread evenly (1)' },
  concurrency: { type: 'string', value: 'N', help: 'most buyers at once (500)' },
  gateway: {
    type: 'string',
    value: 'URL',
    multiple: true,
    help: 'a gateway to storm, as often as there are some (those of `npm start`)',
  },
  wait: {
    type: 'string',
    value: 'S',
    help: 'seconds for which a gateway is asked to hold a request (what it does unasked: 2)',
  },
  timeout: { type: 'string', value: 'S', help: 'seconds after which no buyer begins anything new (180)' },
  data: { type: 'string', value: 'DIR', help: 'where the running system keeps its data (.data)' },
};

/** What `npm run sale` is asked for. */
export interface SaleOptions {
  readonly help: boolean;
  readonly buyers: number;
  readonly stock: number;
  readonly items: number;
  readonly concurrency: number;
  /** Base URLs; none: those of the running system. */
  readonly gateways: readonly string[];
  /** s; undefined: what gateways do unasked. */
  readonly waitS: number | undefined;
  readonly timeoutS: number;
  readonly dataDir: string;
}

/** The help text. */
export const saleHelp = `Usage: npm run sale -- [options]

Opens a sale on the system that \`npm start\` runs and lets a crowd of buyers storm it. Whoever gets no answer, 202 or
503 goes on with the same Idempotency-Key until they know. At the end every answer is compared with the ledger.

${describeOptions(table)}

From the environment, when set:
  DATABASE_URL   the ledger to compare with, when it is not the embedded one
  JWT_SECRET     signs the buyers' tokens, when it is not the one in the data directory

Ctrl-C ends the sale and judges what there is; a second one ends at once.
Exit code: 0 every invariant held, 1 one is broken, 2 bad usage or nothing could be judged.`;

/** @throws CommandLineError that says what to write instead */
export function parseSaleOptions(args: readonly string[]): SaleOptions {
  const { positionals, values } = takeApart(args, table);
  if (positionals.length > 0)
    throw new CommandLineError(`"${positionals[0]}" is one word too many. --help shows what there is.`);
  const number = (name: string, standard: number, most: number) =>
    wholeNumber(name, String(values[name] ?? standard), 1, most);
  const gateways = values['gateway'];
  return {
    help: values['help'] === true,
    // Everything that they see is kept until the end: about 2 KB each.
    buyers: number('buyers', 5_000, 200_000),
    stock: number('stock', 500, 2_147_483_647),
    items: number('items', 1, 1_000),
    concurrency: number('concurrency', 500, 10_000),
    gateways: Array.isArray(gateways) ? gateways.map((url) => baseUrl(String(url))) : [],
    waitS: values['wait'] === undefined ? undefined : wholeNumber('wait', String(values['wait']), 0, 60),
    timeoutS: number('timeout', 180, 86_400),
    dataDir: String(values['data'] ?? '.data'),
  };
}

function baseUrl(text: string): string {
  if (!text.startsWith('http://') || !URL.canParse(text))
    throw new CommandLineError(`--gateway takes a URL like http://127.0.0.1:3000, not "${text}".`);
  return new URL(text).origin;
}
