import { readFileSync } from 'node:fs';
import { InvalidRegistryUrlError } from './errors.js';

/** What an `etcd://` URL says. */
export interface EtcdUrl {
  /** `host:port` each, at least one. */
  readonly hosts: readonly string[];
  /** All keys begin with this and a slash. */
  readonly prefix: string;
  /** Absent: without TLS. Empty: with the certificates that this machine trusts. */
  readonly tls?: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
}

/** Where keys are unless the URL says so. */
const DEFAULT_PREFIX = 'seckill/registry';

const EXAMPLE = 'etcd://host:2379,host2:2379/prefix?ca=/etc/etcd/ca.pem';

/** Several hosts are more than `new URL` takes. */
const SHAPE = /^etcd:\/\/([^/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;

const HOST = /^(?:\[[0-9a-f:.]+\]|[\w.-]+):(\d{1,5})$/i;

/**
 * Reads `etcd://host:2379[,host2:2379…][/prefix][?tls | ?ca=FILE[&cert=FILE&key=FILE]]`, and the files that it names.
 * @throws InvalidRegistryUrlError saying what is wrong with it
 */
export function parseEtcdUrl(url: string): EtcdUrl {
  const [, authority = '', path = '', query = ''] = SHAPE.exec(url) ?? [];
  if (authority.includes('@'))
    throw wrong('a password is not supported; use a client certificate, ?ca=FILE&cert=FILE&key=FILE');
  const hosts = authority.split(',');
  for (const host of hosts) {
    const port = Number(HOST.exec(host)?.[1]);
    if (!(port > 0 && port < 65_536)) throw wrong(`"${host}" is no host:port`);
  }
  const tls = readTls(new URLSearchParams(query));
  const prefix = path.replace(/\/+$/, '') || DEFAULT_PREFIX;
  return { hosts, prefix, ...(tls && { tls }) };
}

function readTls(query: URLSearchParams): EtcdUrl['tls'] {
  for (const name of query.keys())
    if (!['tls', 'ca', 'cert', 'key'].includes(name))
      throw wrong(`there is no option "${name}": tls, ca, cert and key can be set`);
  if (query.has('cert') !== query.has('key')) throw wrong('cert and key come together');
  if (query.size === 0) return undefined;
  const read = (name: string) => {
    const file = query.get(name);
    if (file === null) return undefined;
    try {
      return readFileSync(file);
    } catch (error) {
      throw wrong(`${name} cannot be read (${(error as Error).message})`);
    }
  };
  const [ca, cert, key] = [read('ca'), read('cert'), read('key')];
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

const wrong = (what: string) => new InvalidRegistryUrlError(`${what}. It looks like ${EXAMPLE}`);
