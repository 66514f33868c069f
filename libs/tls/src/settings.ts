import { z } from 'zod';

/** The files of mutual TLS, all in PEM, and the trust domain of the identities. */
export interface TlsFiles {
  /** This process's certificate, with any intermediate ones after it. */
  readonly certFile: string;
  readonly keyFile: string;
  /** The trusted authorities: one or more certificates. */
  readonly caFile: string;
  /** @see identityOf */
  readonly trustDomain: string;
}

/** The settings of mutual TLS, to be spread into the schema of an app. `tlsFilesOf` checks them together. */
export const tlsVariables = {
  /** This process's certificate in PEM. */
  TLS_CERT_FILE: z.string().optional(),
  /** Its private key in PEM. */
  TLS_KEY_FILE: z.string().optional(),
  /** The authorities that are trusted, in PEM. */
  TLS_CA_FILE: z.string().optional(),
  /** The part between `spiffe://` and the role in the certificates. */
  TLS_TRUST_DOMAIN: z
    .string()
    .regex(/^[a-z0-9._-]{1,255}$/, 'lower-case letters, digits, ".", "-" and "_" only, such as seckill')
    .default('seckill'),
};

const needed = {
  TLS_CERT_FILE: "this process's certificate",
  TLS_KEY_FILE: 'its private key',
  TLS_CA_FILE: 'the authorities to trust',
} as const;

type Variables = Partial<Record<keyof typeof needed, string | undefined>> & { TLS_TRUST_DOMAIN: string };

/**
 * The files that the settings name; undefined, for plain text, when they name none.
 * When only some are set, each missing one becomes an issue of `context`.
 */
export function tlsFilesOf(settings: Variables, context: z.core.$RefinementCtx): TlsFiles | undefined {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_CA_FILE: caFile } = settings;
  if (certFile !== undefined && keyFile !== undefined && caFile !== undefined)
    return { certFile, keyFile, caFile, trustDomain: settings.TLS_TRUST_DOMAIN };
  const names = Object.keys(needed) as (keyof typeof needed)[];
  if (names.some((name) => settings[name] !== undefined))
    for (const name of names)
      if (settings[name] === undefined)
        context.issues.push({
          code: 'custom',
          path: [name],
          message: `a PEM file with ${needed[name]}, or none of ${names.join(', ')} for plain text`,
          input: settings,
        });
  return undefined;
}
