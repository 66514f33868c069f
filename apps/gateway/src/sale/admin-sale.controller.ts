import { Body, Controller, Get, Header, Headers, Inject, Param, Put, Res, UseGuards } from '@nestjs/common';
import {
  InvalidInventoryRequestError,
  InventoryUnavailableError,
  SaleChangeRefusedError,
} from '@seckill/inventory-client';
import type { SaleRule, SaleTerms } from '@seckill/inventory-client';
import type { FastifyReply } from 'fastify';
import { entityTag, parseConditions } from '../http/entity-tags.js';
import type { ProblemName } from '../http/problem-types.js';
import { invalidRequest, ProblemError } from '../http/problem.js';
import { checkedBody, saleIdParam } from '../http/validation.js';
import { AdminGuard } from '../token/token.guard.js';
import { DocumentAdminSales, DocumentLedger, DocumentPutSale } from './admin-sale.docs.js';
import { INVENTORY, type Inventory } from './inventory.js';
import { SaleCopies } from './sale-copies.js';
import { adminSaleView, saleTermsSchema, type AdminSaleView, type LedgerView } from './sale.schema.js';

const problemOf = {
  'total-below-sold': 'total-too-low',
  'opens-at-frozen': 'opens-at-frozen',
  'limit-lowered': 'limit-lowered',
  'being-purged': 'being-purged',
} as const satisfies Record<SaleRule, ProblemName>;

const noDecisions = { reserved: 0, sold_out: 0, limit_reached: 0, not_started: 0, ended: 0, lapsed: 0 };

/** Sales, for administrators. */
@Controller('v1/admin/sales')
@UseGuards(AdminGuard)
@DocumentAdminSales()
export class AdminSaleController {
  constructor(
    @Inject(INVENTORY) private readonly inventory: Inventory,
    private readonly sales: SaleCopies,
  ) {}

  /** Creates or changes a sale. Idempotent. */
  @Put(':saleId')
  @Header('cache-control', 'no-store')
  @DocumentPutSale()
  async put(
    @Param('saleId', saleIdParam) saleId: string,
    @Body(checkedBody(saleTermsSchema)) terms: SaleTerms,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AdminSaleView> {
    const conditions = parseConditions(ifMatch, ifNoneMatch);
    // No sale has any of these tags. For inventory, an empty list would mean no condition.
    if (conditions.ifMatch?.length === 0) throw failed('no version of a sale has such an entity tag');
    const { sale, created } = await this.sales
      .change(() => this.inventory.putSale({ saleId, terms, ...conditions }))
      .catch((error: unknown) => {
        throw refused(error);
      });
    reply.code(created ? 201 : 200).header('etag', entityTag(sale.version));
    return adminSaleView(sale);
  }

  /** A sale with its counts. Reads every outcome of the sale: not for polling. */
  @Get(':saleId')
  @Header('cache-control', 'no-store')
  @DocumentLedger()
  async ledger(
    @Param('saleId', saleIdParam) saleId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LedgerView> {
    const ledger = await this.inventory.getLedger(saleId);
    if (!ledger) throw new ProblemError('not-found', 'there is no such sale');
    const { sale, counts } = ledger;
    const requests = Object.entries(counts).map(([decision, { requests }]) => [decision, requests]);
    reply.header('etag', entityTag(sale.version));
    return { ...adminSaleView(sale), requests: { ...noDecisions, ...Object.fromEntries(requests) } };
  }
}

const failed = (detail: string) => new ProblemError('precondition-failed', detail);

/** The HTTP answer for a refusal by inventory. */
function refused(error: unknown): unknown {
  if (error instanceof InventoryUnavailableError)
    return new ProblemError(
      'unavailable',
      'no answer: the change may have been made; read the sale, then repeat',
    );
  if (error instanceof InvalidInventoryRequestError) {
    const field = error.field.replace(/^terms\./, '') || 'body';
    return invalidRequest({ field, message: error.message });
  }
  if (!(error instanceof SaleChangeRefusedError)) return error;
  if (error.isPrecondition) return failed(error.message);
  return new ProblemError(problemOf[error.reason as SaleRule], error.message, { saleId: error.saleId });
}
