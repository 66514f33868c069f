import { describeOptions, duration, flag, list, option, parseCommandLine, text } from '@tools/command-line';

const options = {
  expires: option('TIME', 'valid for: 90s, 15m, 1h, 30d', duration, '30d'),
  host: list(
    'HOST',
    'host name or IP address in every certificate (localhost and 127.0.0.1); RocketMQ needs the one that clients use',
    text,
  ),
  trustDomain: option('NAME', 'as in TLS_TRUST_DOMAIN', text, 'seckill'),
  newAuthority: flag('make a new authority too; certificates of the old one are refused from then on'),
  data: option('DIR', 'certificates are written to DIR/certificates', text, '.data'),
};

const help = `Usage: npm run certificates -- [options]

Makes certificates for mutual TLS between the apps, and one for RocketMQ. For development only: the key of their
authority lies beside them. Run it again to renew them; running processes load the new ones within five seconds.

${describeOptions(options)}`;

/** @throws CommandLineError, HelpRequest */
export function parseCertificatesOptions(args: readonly string[]) {
  const { expires: validMs, data: dataDir, host, ...rest } = parseCommandLine(args, { help, options }).values;
  return { ...rest, validMs, dataDir, hosts: host.length > 0 ? host : undefined };
}
