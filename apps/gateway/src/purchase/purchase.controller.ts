import {
  Body,
  Controller,
  Get,
  Header,
  Headers,
  Inject,
  Param,
  Post,
  Query,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { planWait, parsePrefer } from '../http/prefer.js';
import { ProblemError, RETRY_AFTER_SECONDS } from '../http/problem.js';
import { checkedBody, requestIdParam, saleIdParam } from '../http/validation.js';
import { AdmissionState } from '../lifecycle/admission-state.js';
import { TokenGuard, UserId } from '../token/token.guard.js';
import { parseIdempotencyKey } from './idempotency-key.js';
import { DocumentBuy, DocumentList, DocumentPurchases, DocumentRead } from './purchase.docs.js';
import { PurchaseLocations, type LocationQuery } from './purchase-location.js';
import { PurchaseMetrics } from './purchase-metrics.js';
import { outcomeView, sendAnswer, type PurchaseView } from './purchase-replies.js';
import { purchaseBodySchema, type PurchaseBody } from './purchase.schema.js';
import { PurchaseService, type PurchaseCommand, type PurchaseAnswer } from './purchase.service.js';

/** How long buyers are held. */
export interface WaitLimits {
  /** Without a preference, ms. */
  defaultMs: number;
  /** At most, ms. */
  maxMs: number;
}

/** Injection token of the WaitLimits. */
export const WAIT_LIMITS = Symbol('WAIT_LIMITS');

/** Buys, and reads what became of it. */
@Controller('v1/sales/:saleId/purchases')
@UseGuards(TokenGuard)
@DocumentPurchases()
export class PurchaseController {
  constructor(
    private readonly purchases: PurchaseService,
    private readonly locations: PurchaseLocations,
    private readonly metrics: PurchaseMetrics,
    private readonly admission: AdmissionState,
    @Inject(WAIT_LIMITS) private readonly limits: WaitLimits,
  ) {}

  /** The hot path: sends its answers itself, and throws for none that is frequent in a flash sale. */
  @Post()
  @DocumentBuy()
  async buy(
    @Param('saleId', saleIdParam) saleId: string,
    @UserId() userId: string,
    @Body(checkedBody(purchaseBodySchema)) body: PurchaseBody,
    @Headers('idempotency-key') key: string | undefined,
    @Headers('prefer') prefer: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const startedAt = performance.now();
    const idempotencyKey = parseIdempotencyKey(key);
    const { waitMs, applied } = planWait(parsePrefer(prefer), this.limits.defaultMs, this.limits.maxMs);
    const command: PurchaseCommand = { ...body, saleId, userId, idempotencyKey, waitMs };
    const answer = await this.purchases.buy(command, (withdraw) => onceGone(reply, withdraw));
    if (applied !== undefined && wasSent(answer)) reply.header('preference-applied', applied);
    if (this.admission.leaving) reply.header('connection', 'close');
    const kind = sendAnswer(reply, command, answer, this.locations);
    this.metrics.observe(kind, (performance.now() - startedAt) / 1_000);
  }

  /** The caller's own requests in a sale, newest first. */
  @Get()
  @Header('cache-control', 'no-store')
  @DocumentList()
  async list(
    @Param('saleId', saleIdParam) saleId: string,
    @UserId() userId: string,
  ): Promise<{ purchases: PurchaseView[] }> {
    const outcomes = await this.purchases.list(saleId, userId);
    if (!outcomes) throw new ProblemError('not-found', 'there is no such sale');
    return { purchases: outcomes.map(outcomeView) };
  }

  /** What became of one request. Only its owner finds it. */
  @Get(':requestId')
  @Header('cache-control', 'no-store')
  @DocumentRead()
  async read(
    @Param('saleId', saleIdParam) saleId: string,
    @Param('requestId', requestIdParam) requestId: string,
    @UserId() userId: string,
    @Query() query: LocationQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PurchaseView> {
    const whose = { saleId, requestId, userId };
    const signed = this.locations.read(whose, query);
    const state = await this.purchases.find(whose, signed);
    if (state?.outcome) return outcomeView(state.outcome);
    // Without a signature, an unknown request cannot be told from a pending one.
    if (!state || !signed) throw new ProblemError('not-found', 'you have no such request in this sale');
    reply.header('retry-after', RETRY_AFTER_SECONDS);
    return { requestId, saleId, quantity: signed.quantity, status: 'pending' };
  }
}

/** At once if the buyer has gone already, while the sale was being read. */
function onceGone({ raw }: FastifyReply, withdraw: () => void): void {
  if (raw.destroyed) withdraw();
  else raw.once('close', withdraw);
}

/** Whether the purchase was sent, so that a preference for waiting applied. */
const wasSent = ({ kind }: PurchaseAnswer): boolean =>
  kind === 'outcome' || kind === 'pending' || kind === 'mismatch';
