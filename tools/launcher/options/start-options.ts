import {
  CommandLineError,
  type OptionTable,
  describeOptions,
  takeApart,
  wholeNumber,
} from './command-line.js';

/** So that each kind of process keeps to its own hundred ports. */
const most = 100;

const table: OptionTable = {
  gateways: { type: 'string', value: 'N', help: 'how many gateways (2)' },
  services: { type: 'string', value: 'N', help: 'how many seckill-services (2)' },
  inventories: { type: 'string', value: 'N', help: 'how many inventories (1)' },
  'http-port': {
    type: 'string',
    value: 'BASE',
    help: 'first port (3000): gateways from BASE, services BASE+100, inventory BASE+200, gRPC 1000 above, RocketMQ BASE+1300, Postgres BASE+1400',
  },
  data: { type: 'string', value: 'DIR', help: 'databases, messages, logs and the secret (.data)' },
  fresh: {
    type: 'boolean',
    help: 'forget all sales and messages first (not those in a RocketMQ or Postgres of your own)',
  },
  tls: {
    type: 'boolean',
    help: 'mutual TLS between the apps, with certificates in DIR/certificates that are made anew',
  },
  'no-demo': { type: 'boolean', help: 'open no demo sale' },
};

/** What `npm start` is asked for. */
export interface StartOptions {
  readonly help: boolean;
  readonly gateways: number;
  readonly services: number;
  readonly inventories: number;
  readonly httpPort: number;
  readonly dataDir: string;
  readonly fresh: boolean;
  readonly tls: boolean;
  readonly demo: boolean;
}

/** The help text. */
export const startHelp = `Usage: npm start -- [options]

Runs the whole flash sale on this machine: Postgres, a stand-in for RocketMQ, inventory, seckill-service, gateways.

${describeOptions(table)}

From the environment, when set:
  ROCKETMQ_ENDPOINTS           a RocketMQ of your own instead of the stand-in; \`npm run rocketmq\` starts one
  DATABASE_URL, REGISTRY_URL   a Postgres of your own instead of the embedded one; the registry may be on etcd
  JWT_SECRET                   signs and checks tokens, instead of a random one kept in the data directory`;

/** @throws CommandLineError that says what to write instead */
export function parseStartOptions(args: readonly string[]): StartOptions {
  const { positionals, values } = takeApart(args, table);
  if (positionals.length > 0)
    throw new CommandLineError(`"${positionals[0]}" is one word too many. --help shows what there is.`);
  const number = (name: string, standard: number, upTo: number) =>
    wholeNumber(name, String(values[name] ?? standard), 1, upTo);
  return {
    help: values['help'] === true,
    gateways: number('gateways', 2, most),
    services: number('services', 2, most),
    inventories: number('inventories', 1, most),
    httpPort: number('http-port', 3_000, 64_000),
    dataDir: String(values['data'] ?? '.data'),
    fresh: values['fresh'] === true,
    tls: values['tls'] === true,
    demo: values['no-demo'] !== true,
  };
}
