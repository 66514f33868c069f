import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ProblemResponses } from '../docs/problem-responses.js';
import { adminSaleSchema, ledgerSchema } from './sale.schema.js';

/** What all routes of administrators have in common. */
export const DocumentAdminSales = () =>
  applyDecorators(
    ApiTags('Administration'),
    ApiBearerAuth(),
    ProblemResponses('invalid-request', 'unauthorized', 'insufficient-scope', 'unavailable'),
  );

const etag = {
  ETag: { description: 'The version of the terms.', schema: { type: 'string' as const, example: '"3"' } },
};

/** PUT /v1/admin/sales/{saleId} */
export const DocumentPutSale = () =>
  applyDecorators(
    ApiOperation({
      summary: 'Create or change a sale',
      description:
        'Takes the scope sales:admin. Idempotent. Once a sale is open its opening is frozen; total and limit may be ' +
        'raised and its closing moved.',
    }),
    ApiHeader({ name: 'If-Match', required: false, description: 'Entity tags, or *.', example: '"3"' }),
    ApiHeader({ name: 'If-None-Match', required: false, description: '* to create only.', example: '*' }),
    ApiResponse({ status: 200, description: 'Changed.', headers: etag, standardSchema: adminSaleSchema }),
    ApiResponse({ status: 201, description: 'Created.', headers: etag, standardSchema: adminSaleSchema }),
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
      summary: 'The books of a sale',
      description: 'Takes the scope sales:admin. Counts every outcome.',
    }),
    ApiResponse({ status: 200, description: 'The books.', headers: etag, standardSchema: ledgerSchema }),
    ProblemResponses('not-found'),
  );
