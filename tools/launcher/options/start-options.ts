import { describeOptions, flag, option, parseCommandLine, text, wholeNumber } from '@tools/command-line';

/** So that each kind of process keeps to its own hundred ports. */
const instances = wholeNumber(1, 100);

const options = {
  gateways: option('N', 'how many gateways', instances, '2'),
  services: option('N', 'how many seckill-services', instances, '2'),
  inventories: option('N', 'how many inventories', instances, '1'),
  httpPort: option(
    'BASE',
    'first port: gateways from BASE, services BASE+100, inventory BASE+200, gRPC 1000 above, RocketMQ BASE+1300, Postgres BASE+1400',
    wholeNumber(1, 64_000),
    '3000',
  ),
  data: option('DIR', 'databases, messages, logs and the secret', text, '.data'),
  fresh: flag('delete all sales and messages first (not those in a RocketMQ or Postgres of your own)'),
  tls: flag('mutual TLS between the apps, with new certificates in DIR/certificates'),
  noDemo: flag('open no demo sale'),
};

const help = `Usage: npm start -- [options]

Runs the whole flash sale on this machine: Postgres, a stand-in for RocketMQ, inventory, seckill-service, gateways.

${describeOptions(options)}

Environment variables:
  ROCKETMQ_ENDPOINTS           a RocketMQ of your own instead of the stand-in; \`npm run rocketmq\` starts one
  DATABASE_URL, REGISTRY_URL   a Postgres of your own instead of the embedded one; the registry may be on etcd
  JWT_SECRET                   signs and checks tokens, instead of a random one kept in the data directory`;

/** What `npm start` is asked for. */
export type StartOptions = ReturnType<typeof parseStartOptions>;

/** @throws CommandLineError, HelpRequest */
export function parseStartOptions(args: readonly string[]) {
  const { data: dataDir, noDemo, ...rest } = parseCommandLine(args, { help, options }).values;
  return { ...rest, dataDir, demo: !noDemo };
}
