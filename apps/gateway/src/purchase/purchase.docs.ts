import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ProblemResponses } from '../docs/problem-responses.js';
import { pendingSchema, purchaseListSchema, purchaseSchema, reservedSchema } from './purchase.schema.js';

/** What all routes of purchases have in common. */
export const DocumentPurchases = () =>
  applyDecorators(ApiTags('Purchases'), ApiBearerAuth(), ProblemResponses('invalid-request', 'unauthorized'));

const location = (description: string) => ({
  Location: { description, schema: { type: 'string' as const } },
});

const preferenceApplied = {
  'Preference-Applied': { description: 'What was done about Prefer.', schema: { type: 'string' as const } },
};

const retryAfter = {
  'Retry-After': { description: 'Seconds to wait before asking.', schema: { type: 'integer' as const } },
};

/** POST /v1/sales/{saleId}/purchases */
export const DocumentBuy = () =>
  applyDecorators(
    ApiOperation({
      summary: 'Buy',
      description:
        'Holds the request until the purchase is decided, or until the wait is over. 201 means that the reservation ' +
        'exists; a 409 is final unless it is not-started; 202 means that the outcome is to be asked for at Location.',
    }),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        '1-128 visible ASCII characters, bare or "quoted". The same key always gives the same outcome.',
      example: 'order-4711',
    }),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description: 'wait=<seconds> (capped) or respond-async (RFC 7240).',
      example: 'wait=5',
    }),
    ApiResponse({
      status: 201,
      description: 'Reserved.',
      headers: { ...location('The reservation.'), ...preferenceApplied },
      standardSchema: reservedSchema,
    }),
    ApiResponse({
      status: 202,
      description: 'Pending: sent, but not decided within the wait.',
      headers: { ...location('Where to ask, signed for its owner.'), ...retryAfter, ...preferenceApplied },
      standardSchema: pendingSchema,
    }),
    ProblemResponses(
      'sold-out',
      'limit-reached',
      'not-started',
      'ended',
      'lapsed',
      'idempotency-key-reused',
      'not-found',
      'payload-too-large',
      'unsupported-media-type',
      'unavailable',
    ),
  );

/** GET /v1/sales/{saleId}/purchases */
export const DocumentList = () =>
  applyDecorators(
    ApiOperation({
      summary: 'Your purchases in a sale',
      description: 'Newest first, refusals included; at most 100.',
    }),
    ApiResponse({ status: 200, description: 'Your purchases.', standardSchema: purchaseListSchema }),
    ProblemResponses('not-found', 'unavailable'),
  );

/** GET /v1/sales/{saleId}/purchases/{requestId} */
export const DocumentRead = () =>
  applyDecorators(
    ApiOperation({
      summary: 'One of your purchases',
      description: 'The query is that of the Location of a 202; without it, only decided requests are known.',
    }),
    ...(['until', 'quantity', 'signature'] as const).map((name) =>
      ApiQuery({ name, required: false, schema: { type: 'string' }, description: 'As Location has it.' }),
    ),
    ApiResponse({
      status: 200,
      description: 'The request. While it is pending, Retry-After says when to ask again.',
      headers: retryAfter,
      standardSchema: purchaseSchema,
    }),
    ProblemResponses('not-found', 'unavailable'),
  );
