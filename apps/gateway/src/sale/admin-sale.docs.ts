import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { JsonResponse } from '../docs/json-response.js';
import { ProblemResponses } from '../docs/problem-responses.js';

/** Common to all routes for administrators. */
export const DocumentAdminSales = () =>
  applyDecorators(
    ApiTags('Administration'),
    ApiBearerAuth(),
    ProblemResponses(
      'invalid-request',
      'unauthorized',
      'insufficient-scope',
      'uri-too-long',
      'internal',
      'unavailable',
    ),
  );

/** `*`, or entity tags with commas between them. */
const IF_MATCH = '^(\\*|(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*)$';

const etag = {
  ETag: {
    description: 'The version of the terms.',
    required: true,
    schema: { type: 'string' as const, example: '"3"' },
  },
};

/** PUT /v1/admin/sales/{saleId} */
export const DocumentPutSale = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'putSale',
      summary: 'Create or change a sale',
      description:
        'Requires the scope sales:admin. Idempotent. closesAt must be after opensAt. Once a sale is open, opensAt is frozen; total and limit may be ' +
        'raised and closesAt moved.',
    }),
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'Entity tags, or *.',
      schema: { type: 'string', pattern: IF_MATCH, example: '"3"' },
    }),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: '* to create only.',
      schema: { type: 'string', enum: ['*'], example: '*' },
    }),
    JsonResponse(200, 'Changed, or unchanged.', 'AdminSale', etag),
    JsonResponse(201, 'Created.', 'AdminSale', etag),
    ProblemResponses(
      'total-too-low',
      'opens-at-frozen',
      'limit-lowered',
      'being-purged',
      'precondition-failed',
      'payload-too-large',
      'unsupported-media-type',
    ),
  );

/** GET /v1/admin/sales/{saleId} */
export const DocumentLedger = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'readBooks',
      summary: 'A sale with its counts',
      description: 'Requires the scope sales:admin. Counts every outcome.',
    }),
    JsonResponse(200, 'The books.', 'Books', etag),
    ProblemResponses('not-found'),
  );
