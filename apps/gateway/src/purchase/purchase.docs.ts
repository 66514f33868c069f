import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { JsonResponse } from '../docs/json-response.js';
import { ProblemResponses, ProblemResponsesWith } from '../docs/problem-responses.js';

/** What all routes of purchases have in common. */
export const DocumentPurchases = () =>
  applyDecorators(
    ApiTags('Purchases'),
    ApiBearerAuth(),
    ProblemResponses(
      'invalid-request',
      'unauthorized',
      'not-found',
      'uri-too-long',
      'internal',
      'unavailable',
    ),
  );

/** Bare, or quoted with backslashes before quotes and backslashes. */
const IDEMPOTENCY_KEY = '^([!#-~][!-~]{0,127}|"([!#-\\[\\]-~]|\\\\["\\\\]){1,128}")$';

const location = (description: string) => ({
  Location: { description, required: true, schema: { type: 'string' as const, format: 'uri-reference' } },
});

const preferenceApplied = {
  'Preference-Applied': { description: 'What was done about Prefer.', schema: { type: 'string' as const } },
};

const retryAfter = { description: 'Seconds to wait before asking.', schema: { type: 'integer' as const } };

/** POST /v1/sales/{saleId}/purchases */
export const DocumentBuy = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'buy',
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
      schema: { type: 'string', pattern: IDEMPOTENCY_KEY, example: 'order-4711' },
    }),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description: 'wait=<seconds> (capped) or respond-async (RFC 7240).',
      schema: { type: 'string', example: 'wait=5' },
    }),
    JsonResponse(201, 'Reserved.', 'Reservation', {
      ...location('The reservation.'),
      ...preferenceApplied,
    }),
    JsonResponse(202, 'Pending: sent, but not decided within the wait.', 'Pending', {
      ...location('Where to ask, signed for its owner.'),
      'Retry-After': { ...retryAfter, required: true },
      ...preferenceApplied,
    }),
    ProblemResponsesWith(
      preferenceApplied,
      'sold-out',
      'limit-reached',
      'not-started',
      'ended',
      'lapsed',
      'idempotency-key-reused',
    ),
    ProblemResponses('payload-too-large', 'unsupported-media-type'),
  );

/** GET /v1/sales/{saleId}/purchases */
export const DocumentList = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'listPurchases',
      summary: 'Your purchases in a sale',
      description: 'Newest first, refusals included; at most 100.',
    }),
    JsonResponse(200, 'Your purchases.', 'PurchaseList'),
  );

/** GET /v1/sales/{saleId}/purchases/{requestId} */
export const DocumentRead = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'readPurchase',
      summary: 'One of your purchases',
      description: 'The query is that of the Location of a 202; without it, only decided requests are known.',
    }),
    ...(['until', 'quantity', 'signature'] as const).map((name) =>
      ApiQuery({ name, required: false, schema: { type: 'string' }, description: 'As Location has it.' }),
    ),
    JsonResponse(200, 'The request. While it is pending, Retry-After says when to ask again.', 'Purchase', {
      'Retry-After': retryAfter,
    }),
  );
