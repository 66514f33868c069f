import type { PeerCertificate } from 'node:tls';

/**
 * The identity of a process in its certificate: a SPIFFE ID among the subject alternative names. It names a role, not a
 * host, because addresses come from the registry and change with every start. An authority that issues certificates
 * for host names cannot issue such an identity by accident.
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
  // Node quotes names that contain a comma. Ours never do, and without quotes it is safe to split at commas.
  if (!names || names.includes('"')) return undefined;
  const uris = names.split(', ').filter((name) => name.startsWith('URI:'));
  const prefix = `URI:${identityOf('', trustDomain)}`;
  const [uri] = uris;
  return uris.length === 1 && uri!.startsWith(prefix) ? uri!.slice(prefix.length) : undefined;
}
