import { CommandLineError, type OptionTable, describeOptions, takeApart } from './command-line.js';
import { parseDuration } from './duration.js';

const table: OptionTable = {
  expires: { type: 'string', value: 'TIME', help: 'how long they are good for: 90s, 15m, 1h, 30d (default)' },
  host: {
    type: 'string',
    multiple: true,
    value: 'HOST',
    help: 'host name or IP address in all of them (localhost and 127.0.0.1); RocketMQ needs the one it is called by',
  },
  'trust-domain': { type: 'string', value: 'NAME', help: 'as in TLS_TRUST_DOMAIN (seckill)' },
  'new-authority': {
    type: 'boolean',
    help: 'a new authority too; what has certificates of the old one is refused',
  },
  data: { type: 'string', value: 'DIR', help: 'they go to DIR/certificates (.data)' },
};

/** What `npm run certificates` is asked for. */
export interface CertificatesOptions {
  readonly help: boolean;
  readonly validMs: number;
  readonly hosts: readonly string[] | undefined;
  readonly trustDomain: string;
  readonly newAuthority: boolean;
  readonly dataDir: string;
}

/** The help text. */
export const certificatesHelp = `Usage: npm run certificates -- [options]

Makes certificates for mutual TLS between the apps, and one for RocketMQ: for development, since the key of their
authority lies beside them. Run it again to renew them; processes that run take them up within five seconds.

${describeOptions(table)}`;

/** @throws CommandLineError that says what to write instead */
export function parseCertificatesOptions(args: readonly string[]): CertificatesOptions {
  const { positionals, values } = takeApart(args, table);
  if (positionals.length > 0)
    throw new CommandLineError(`"${positionals[0]}" is one word too many. --help shows what there is.`);
  const { host } = values;
  return {
    help: values['help'] === true,
    validMs: parseDuration('expires', String(values['expires'] ?? '30d')),
    hosts: Array.isArray(host) ? host.map(String) : undefined,
    trustDomain: String(values['trust-domain'] ?? 'seckill'),
    newAuthority: values['new-authority'] === true,
    dataDir: String(values['data'] ?? '.data'),
  };
}
