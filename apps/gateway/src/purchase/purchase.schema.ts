import { z } from 'zod';
import { purchasePath } from './purchase-location.js';
import { requestIdSchema, saleIdSchema } from '../http/validation.js';

/** Most units of one request. */
const MAX_QUANTITY = 1_000;

/** Units of one request. */
export const quantitySchema = z
  .int(`must be a whole number from 1 to ${MAX_QUANTITY}`)
  .min(1, `must be a whole number from 1 to ${MAX_QUANTITY}`)
  .max(MAX_QUANTITY, `must be a whole number from 1 to ${MAX_QUANTITY}`);

/** Body of POST /v1/sales/{saleId}/purchases. */
export const purchaseBodySchema = z
  .strictObject(
    { quantity: quantitySchema },
    { error: (issue) => (issue.input === undefined ? 'a JSON body is required' : undefined) },
  )
  .meta({ examples: [{ quantity: 1 }] });

export type PurchaseBody = z.output<typeof purchaseBodySchema>;

/** The common part of all examples. */
export const purchaseExample = {
  requestId: 'dad87d94-2c9d-8fe2-b3c7-3fe177523834',
  saleId: 'midnight-sneakers',
  quantity: 1,
  status: 'reserved' as const,
  decidedAt: '2026-11-11T00:00:00.250Z',
};

const existingRequestId = '0b0f6a2e-53a5-8c3d-9a4e-6f6a6d1c2b77';

/** The existing purchase in the example of a limit that was reached. */
export const existingExample = {
  existingRequestId,
  existingPurchase: purchasePath(purchaseExample.saleId, existingRequestId),
};

const decidedAt = z.iso.datetime().meta({ examples: ['2026-11-11T00:00:00.250Z'] });

/** Body of 201. */
export const reservedSchema = z
  .object({
    requestId: requestIdSchema,
    saleId: saleIdSchema,
    quantity: quantitySchema,
    status: z.literal('reserved'),
    decidedAt,
  })
  .meta({ description: 'The reservation exists.', examples: [purchaseExample] });

/** Body of 202. */
export const pendingSchema = z
  .object({ requestId: requestIdSchema, saleId: saleIdSchema, status: z.literal('pending') })
  .meta({
    description: 'Not decided yet. Ask at Location.',
    examples: [{ requestId: purchaseExample.requestId, saleId: purchaseExample.saleId, status: 'pending' }],
  });

/** Body of a read. */
export const purchaseSchema = z
  .object({
    requestId: requestIdSchema,
    saleId: saleIdSchema,
    quantity: quantitySchema,
    status: z.enum(['pending', 'reserved', 'sold_out', 'limit_reached', 'not_started', 'ended', 'lapsed']),
    decidedAt: decidedAt.optional(),
    existingRequestId: requestIdSchema.optional(),
  })
  .meta({ description: 'One request and what became of it.', examples: [purchaseExample] });

/** What problems show of a refused purchase. */
export const refusalFields = {
  ...purchaseSchema.omit({ status: true }).partial().shape,
  decidedAt: z.iso.datetime().optional().meta({ description: 'There when the refusal is stored and final.' }),
};

/** Body of a list. */
export const purchaseListSchema = z
  .object({ purchases: z.array(purchaseSchema) })
  .meta({ examples: [{ purchases: [purchaseExample] }] });
