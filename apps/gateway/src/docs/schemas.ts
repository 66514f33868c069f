import { z } from 'zod';
import { problemTypes } from '../http/problem-types.js';
import { gatewaysSchema } from '../instances/gateways.schema.js';
import {
  pendingSchema,
  purchaseListSchema,
  purchaseSchema,
  refusalFields,
  reservedSchema,
} from '../purchase/purchase.schema.js';
import { adminSaleSchema, ledgerSchema, saleSchema } from '../sale/sale.schema.js';
import type { SchemaName } from './schema-names.js';

const problemSchema = z
  .object({
    type: z.string().meta({ format: 'uri-reference', description: 'GET it to learn what to do.' }),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().meta({ description: 'What happened this time, for people.' }),
    instance: z.string().optional().meta({ format: 'uri-reference', description: 'The purchase.' }),
    ...refusalFields,
    existingPurchase: z.string().optional().meta({ format: 'uri-reference' }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'What is wrong with which field, header or parameter.' }),
  })
  .meta({ description: 'A problem (RFC 9457).' });

const problemTypeSchema = z
  .object({ status: z.int().min(400).max(599), title: z.string(), advice: z.string() })
  .meta({ description: 'What a type of problem means.', examples: [problemTypes['sold-out']] });

const dependencies = z
  .record(z.string(), z.string())
  .meta({ description: 'Each dependency: `there`, or its fault.' });

const schemas = {
  Problem: problemSchema,
  ProblemType: problemTypeSchema,
  ProblemTypes: z
    .record(z.string(), problemTypeSchema)
    .meta({ examples: [{ 'sold-out': problemTypes['sold-out'] }] }),
  Reservation: reservedSchema,
  Pending: pendingSchema,
  Purchase: purchaseSchema,
  PurchaseList: purchaseListSchema,
  Sale: saleSchema,
  AdminSale: adminSaleSchema,
  Books: ledgerSchema,
  Gateways: gatewaysSchema,
  Live: z.object({ status: z.literal('live') }).meta({ examples: [{ status: 'live' }] }),
  Ready: z.object({ status: z.literal('ready'), dependencies }).meta({
    examples: [
      { status: 'ready', dependencies: { registry: 'there', rocketmq: 'there', inventory: 'there' } },
    ],
  }),
  NotReady: z
    .object({
      status: z.enum(['not ready', 'stopping']),
      dependencies,
      missing: z
        .record(z.string(), z.string())
        .optional()
        .meta({ description: 'The dependencies that keep it from being ready. Absent while it stops.' }),
    })
    .meta({
      examples: [
        {
          status: 'not ready',
          dependencies: { registry: 'there', rocketmq: 'connecting', inventory: 'there' },
          missing: { rocketmq: 'connecting' },
        },
      ],
    }),
} satisfies Record<SchemaName, z.ZodType>;

/** The schemas of all answers, as components of an OpenAPI document. */
export function schemaComponents(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const { $schema: _, ...component } = z.toJSONSchema(schema, { target: 'openapi-3.0' });
      return [name, component];
    }),
  );
}
