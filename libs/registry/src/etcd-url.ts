import { readFileSync } from 'node:fs';
import { InvalidRegistryUrlError } from './errors.js';

/** The parts of an `etcd://` URL. */
export interface EtcdUrl {
  /** `host:port` each, at least one. */
  readonly hosts: readonly string[];
  /** All keys begin with this and a slash. */
  readonly prefix: string;
  /** Absent: no TLS. Empty: TLS with the authorities that this machine trusts. */
  readonly tls?: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
}

/** Prefix of all keys when the URL has none. */
const DEFAULT_PREFIX = 'seckill/registry';

const EXAMPLE = 'etcd://host:2379,host2:2379/prefix?ca=/etc/etcd/ca.pem';

/** `new URL` does not accept several hosts. */
const SHAPE = /^etcd:\/\/([^/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;

const HOST = /^(?:\[[0-9a-f:.]+\]|[\w.-]+):(\d{1,5})$/i;

/**
 * Parses `etcd://host:2379[,host2:2379…][/prefix][?tls | ?ca=FILE[&cert=FILE&key=FILE]]` and reads the files in it.
 * @throws InvalidRegistryUrlError saying what is wrong with it
 */
export function parseEtcdUrl(url: string): EtcdUrl {
  const [, authority = '', path = '', query = ''] = SHAPE.exec(url) ?? [];
  if (authority.includes('@'))
    throw wrong('a password is not supported; use a client certificate, ?ca=FILE&cert=FILE&key=FILE');
  const hosts = authority.split(',');
  for (const host of hosts) {
    const port = Number(HOST.exec(host)?.[1]);
    if (!(port > 0 && port < 65_536)) throw wrong(`"${host}" is not host:port`);
  }
  const tls = readTls(new URLSearchParams(query));
  const prefix = path.replace(/\/+$/, '') || DEFAULT_PREFIX;
  return { hosts, prefix, ...(tls && { tls }) };
}

function readTls(query: URLSearchParams): EtcdUrl['tls'] {
  for (const name of query.keys())
    if (!['tls', 'ca', 'cert', 'key'].includes(name))
      throw wrong(`unknown option "${name}"; the options are tls, ca, cert and key`);
  if (query.has('cert') !== query.has('key')) throw wrong('cert and key must be set together');
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

const wrong = (what: string) => new InvalidRegistryUrlError(`${what}. Example: ${EXAMPLE}`);
