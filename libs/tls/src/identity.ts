import type { PeerCertificate } from 'node:tls';

/**
 * Who a process is, as its certificate says it: a SPIFFE ID in the subject alternative names. It names a role and no
 * host, because addresses come from the registry and change with every start; and an authority that hands out
 * certificates for host names cannot make one by accident.
 */
export const identityOf = (role: string, trustDomain: string): string => `spiffe://${trustDomain}/${role}`;

/**
 * The role in a certificate whose chain has been verified; undefined when it has none of this trust domain. A SPIFFE
 * certificate has exactly one URI.
 */
export function roleOf(
  { subjectaltname: names }: Pick<PeerCertificate, 'subjectaltname'>,
  trustDomain: string,
): string | undefined {
  // Node puts a name with a comma in it into quotes. None of ours needs them, and without them splitting is safe.
  if (!names || names.includes('"')) return undefined;
  const uris = names.split(', ').filter((name) => name.startsWith('URI:'));
  const prefix = `URI:${identityOf('', trustDomain)}`;
  const [uri] = uris;
  return uris.length === 1 && uri!.startsWith(prefix) ? uri!.slice(prefix.length) : undefined;
}
