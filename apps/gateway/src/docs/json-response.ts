import { ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';
import type { SchemaName } from './schema-names.js';

/** Headers of an answer, by their names. */
export type Headers = NonNullable<ApiResponseOptions['headers']>;

/** Documents an answer in JSON. @param headers the headers beside those that HTTP itself needs */
export const JsonResponse = (
  status: number,
  description: string,
  schema: SchemaName,
  headers: Headers = {},
): MethodDecorator =>
  ApiResponse({
    status,
    description,
    headers,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
  });
