import { z } from 'zod';

/** A setting is missing or wrong. The message is one line and says what to set. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Reads and validates settings from the environment. An empty variable counts as not set.
 * @throws SettingsError naming every missing or wrong variable
 */
export function readSettings<Schema extends z.ZodType>(
  schema: Schema,
  environment: NodeJS.ProcessEnv,
): z.output<Schema> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `set ${path.join('.') || 'one'}: ${message}`,
  );
  throw new SettingsError(problems.join('; '));
}

/** A TCP port as a decimal number; 0 takes any free port. */
export const port = (fallback: number) =>
  z.coerce.number('a port, such as 3000').int().min(0).max(65_535).default(fallback);

/** A duration in ms. */
export const milliseconds = (fallback: number) =>
  z.coerce.number('a number of milliseconds').int().positive().default(fallback);

/** A positive whole number. */
export const count = (fallback: number) =>
  z.coerce.number('a positive whole number').int().positive().default(fallback);

/**
 * A connection string that a library can check.
 * @param problemOf what is wrong with it, in one line; undefined when it is valid
 */
export const checkedUrl = (example: string, problemOf: (value: string) => string | undefined) =>
  z.string(`a connection string, such as ${example}`).superRefine((value, context) => {
    const message = problemOf(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

/** A connection string whose scheme is one of `schemes`. */
export const connectionUrl = (example: string, schemes: readonly string[]) =>
  z
    .string(`a connection string, such as ${example}`)
    .refine((value) => schemes.some((scheme) => value.startsWith(`${scheme}://`)), {
      message: `it must start with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}, such as ${example}`,
    });
