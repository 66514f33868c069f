import { StandardSchemaValidationPipe } from '@nestjs/common';
import { z } from 'zod';
import { invalidRequest, type FieldError } from './problem.js';

/** What zod adds to an issue of the Standard Schema. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly keys?: readonly string[];
}

/** One of a body's fields, or the body itself. Unknown fields are named one by one. */
function fieldErrors({ message, path = [], keys }: Issue, whole: string): FieldError[] {
  const names = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  if (keys) return keys.map((key) => ({ field: [...names, key].join('.'), message: 'unknown field' }));
  return [{ field: names.join('.') || whole, message }];
}

/** Two checks of one field may fail with the same message. */
const sameAsAny = ({ field, message }: FieldError, others: FieldError[]): boolean =>
  others.some((other) => other.field === field && other.message === message);

/** A pipe that answers 400. @param whole the name of the whole value in the error */
const validated = (whole: string) =>
  new StandardSchemaValidationPipe({
    exceptionFactory: (issues) => {
      const errors = (issues as readonly Issue[]).flatMap((issue) => fieldErrors(issue, whole));
      return invalidRequest(...errors.filter((error, i) => !sameAsAny(error, errors.slice(0, i))));
    },
  });

/** Options of `@Body` that check it against `schema`. */
export const checkedBody = <Schema extends z.ZodType>(schema: Schema) => ({
  schema,
  pipes: [validated('body')],
});

/** A sale's identity. */
export const saleIdSchema = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'must be 1-64 of a-z, 0-9 and -')
  .meta({ examples: ['midnight-sneakers'] });

/** A request's identity: a UUID of any version, in lower case from here on. */
export const requestIdSchema = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'must be a UUID')
  .toLowerCase()
  .meta({ format: 'uuid' });

/** Options of `@Param('saleId')`. */
export const saleIdParam = { schema: saleIdSchema, pipes: [validated('saleId')] };

/** Options of `@Param('requestId')`. */
export const requestIdParam = { schema: requestIdSchema, pipes: [validated('requestId')] };
