import { Controller, UseFilters } from '@nestjs/common';
import { status } from '@grpc/grpc-js';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import type { inventoryV1 as v1 } from '@seckill/contracts';
import { isSalePrecondition, MAX_SALES } from '@seckill/inventory-client';
import { faultOf, faultOfQuestion } from '../decision/check-purchase.js';
import type { Verdict } from '../decision/decision.js';
import { Decisions } from '../decision/decisions.js';
import { PurchaseStore } from '../purchase/purchase-store.js';
import { Purchases } from '../purchase/purchases.js';
import { checkSale } from '../sale/check-terms.js';
import { LedgerStore } from '../sale/ledger-store.js';
import { SaleStore } from '../sale/sale-store.js';
import { refusal, RpcErrorFilter } from './rpc-errors.js';
import { fromWireTerms, toResult, toWireLedger, toWireSale } from './wire.js';

const SERVICE = 'InventoryService';

/** The service of proto/seckill/inventory/v1. Times on the wire are ms since the Unix epoch. */
@Controller()
@UseFilters(RpcErrorFilter)
export class InventoryController {
  constructor(
    private readonly decisions: Decisions,
    private readonly purchases: Purchases,
    private readonly purchaseStore: PurchaseStore,
    private readonly sales: SaleStore,
    private readonly ledgers: LedgerStore,
  ) {}

  @GrpcMethod(SERVICE, 'decide')
  async decide(@Payload() { purchases }: v1.DecideRequest): Promise<v1.DecideResponse> {
    // A caller of another version puts them into another field. It treats this status as an outage, and repeats.
    if (purchases.length === 0) throw refusal(status.UNIMPLEMENTED, 'invalid', 'no purchases', 'purchases');
    const verdicts: (Verdict | undefined)[] = purchases.map((purchase) => {
      const message = faultOf(purchase);
      return message === undefined ? undefined : { kind: 'invalid', message };
    });
    const decidable = purchases.filter((_, i) => verdicts[i] === undefined);
    for (const purchase of decidable) purchase.requestId = purchase.requestId.toLowerCase();
    const rest = (await this.decisions.decide(decidable)).values();
    return { results: verdicts.map((verdict) => toResult(verdict ?? rest.next().value!)) };
  }

  @GrpcMethod(SERVICE, 'getPurchase')
  async getPurchase(@Payload() query: v1.GetPurchaseRequest): Promise<v1.GetPurchaseResponse> {
    const fault = faultOfQuestion(query);
    if (fault !== undefined)
      throw refusal(status.INVALID_ARGUMENT, 'invalid', fault, fault.slice(0, fault.indexOf(' ')));
    query.requestId = query.requestId.toLowerCase();
    const state = await this.purchases.state(query);
    if (!state) throw refusal(status.NOT_FOUND, 'unknown-purchase', 'there is no such purchase');
    return state;
  }

  @GrpcMethod(SERVICE, 'listPurchases')
  async listPurchases(@Payload() request: v1.ListPurchasesRequest): Promise<v1.ListPurchasesResponse> {
    const { saleId, userId, limit } = request;
    return { outcomes: await this.purchaseStore.list(saleId, userId, limit || undefined) };
  }

  @GrpcMethod(SERVICE, 'getSales')
  async getSales(@Payload() { saleIds }: v1.GetSalesRequest): Promise<v1.GetSalesResponse> {
    if (saleIds.length > MAX_SALES)
      throw refusal(status.INVALID_ARGUMENT, 'invalid', `more than ${MAX_SALES} sales at once`, 'sale_ids');
    const { sales, now } = await this.sales.get(saleIds);
    return { sales: sales.map(toWireSale), nowMs: now };
  }

  @GrpcMethod(SERVICE, 'putSale')
  async putSale(@Payload() request: v1.PutSaleRequest): Promise<v1.PutSaleResponse> {
    const { saleId, ifMatch, mustExist, mustNotExist } = request;
    const terms = request.terms && fromWireTerms(request.terms);
    const fault = checkSale(saleId, terms);
    if (fault) throw refusal(status.INVALID_ARGUMENT, 'invalid', fault.message, fault.field);
    const put = await this.sales.put(saleId, terms!, { ifMatch, mustExist, mustNotExist });
    if (put.kind === 'refused') {
      const code = isSalePrecondition(put.reason) ? status.FAILED_PRECONDITION : status.ABORTED;
      throw refusal(code, put.reason, put.message);
    }
    return { sale: toWireSale(put.sale), created: put.created, nowMs: put.now };
  }

  @GrpcMethod(SERVICE, 'getLedger')
  async getLedger(@Payload() { saleId }: v1.GetLedgerRequest): Promise<v1.GetLedgerResponse> {
    const ledger = await this.ledgers.get(saleId);
    if (!ledger) throw unknownSale();
    return toWireLedger(ledger);
  }
}

function unknownSale() {
  return refusal(status.NOT_FOUND, 'unknown-sale', 'there is no such sale');
}
