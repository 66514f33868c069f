import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { JsonResponse } from '../docs/json-response.js';
import { ProblemResponses } from '../docs/problem-responses.js';
import { ProblemError } from '../http/problem.js';
import { saleIdParam } from '../http/validation.js';
import { SaleCopies } from './sale-copies.js';
import { saleView, type SaleView } from './sale.schema.js';

/** Sales, public. */
@ApiTags('Sales')
@Controller('v1/sales')
export class SaleController {
  constructor(private readonly sales: SaleCopies) {}

  /** At most a second old when sent; a cache may keep it for one second more. */
  @Get(':saleId')
  @Header('cache-control', 'public, max-age=1')
  @ApiOperation({
    operationId: 'readSale',
    summary: 'A sale',
    description: 'Public. The stock is at most a second old.',
  })
  @JsonResponse(200, 'The sale.', 'Sale')
  @ProblemResponses('invalid-request', 'not-found', 'uri-too-long', 'internal', 'unavailable')
  async read(@Param('saleId', saleIdParam) saleId: string): Promise<SaleView> {
    const sale = await this.sales.current(saleId);
    if (!sale) throw new ProblemError('not-found', 'there is no such sale');
    return saleView(sale);
  }
}
