import { setMaxListeners } from 'node:events';
import { check, type Verdict } from '@tools/checker';
import { adminToken, Buyers, SaleAdmin, type Tally, tally, tokensOf, uniqueSaleId } from '@tools/load';
import type { SaleOptions } from '../options/sale-options.js';
import { type Evidence, witnessDatabase, witnessGateways } from './evidence.js';
import type { Shop } from './shop.js';

/** How far a sale is. */
export interface Progress {
  readonly stage: 'storm' | 'settle' | 'check';
  readonly buyers: number;
  /** Buyers who have acted to their end. */
  readonly done: number;
  /** HTTP requests so far, polls included. */
  readonly requests: number;
  /** ms since the first buyer came. */
  readonly ms: number;
}

/** What came of a sale. */
export interface SaleResult {
  readonly saleIds: readonly string[];
  readonly tally: Tally;
  readonly verdict: Verdict;
  readonly evidence: Evidence;
  /** Buyers who came, and those of them who know for certain what became of their purchase. */
  readonly came: number;
  readonly know: number;
  /** Requests that were pending when it ended. */
  readonly pending: number;
  readonly cut: 'interrupted' | 'out of time' | undefined;
}

/** Longer than a request may be undecided: 60 s by default. */
const settleMs = 75_000;
/** Once interrupted. */
const hurryMs = 3_000;

/**
 * Opens a sale for each item, lets the buyers come, waits until everything has settled, and judges it.
 *
 * @param interrupted ends it early, with what there is
 * @param onProgress is given a way to ask how far it is, once buyers come
 * @throws ShopRefusedError, ShopUnavailableError when the sale cannot be opened
 */
export async function runSale(
  options: SaleOptions,
  shop: Shop,
  interrupted: AbortSignal,
  onProgress: (progress: () => Progress) => void,
): Promise<SaleResult> {
  const admin = new SaleAdmin({ gateways: shop.gateways, token: adminToken(shop.jwtSecret) });
  const saleIds = Array.from({ length: options.items }, () => uniqueSaleId('sale'));
  for (const saleId of saleIds) await admin.put(saleId, { title: 'npm run sale', total: options.stock });

  const buyers = new Buyers({
    gateways: shop.gateways,
    token: tokensOf(shop.jwtSecret),
    connections: options.concurrency,
  });
  const userIds = Array.from({ length: options.buyers }, (_, index) => `buyer-${index + 1}`);
  const witness = shop.ledgerUrl
    ? await witnessDatabase(shop.ledgerUrl, saleIds)
    : witnessGateways(admin, buyers, saleIds);
  let stage: Progress['stage'] = 'storm';
  let done = 0;
  try {
    const began = performance.now();
    onProgress(() => ({
      stage,
      buyers: options.buyers,
      done,
      requests: buyers.operations,
      ms: performance.now() - began,
    }));
    const outOfTime = AbortSignal.timeout(options.timeoutS * 1_000);
    const over = AbortSignal.any([interrupted, outOfTime]);
    // Every buyer who pauses listens to it.
    setMaxListeners(0, interrupted, over);
    const bought = await buyers.storm({
      userIds,
      saleId: (_userId, index) => saleIds[index % saleIds.length]!,
      ...(options.waitS === undefined ? {} : { prefer: `wait=${options.waitS}` }),
      // What a crash has swallowed lapses only after a minute; asked again with its key it is decided at once.
      whenPending: 'repeat',
      deadlineMs: Infinity,
      signal: over,
      onBought: () => done++,
    });
    const cut = over.aborted;
    const counted = tally(buyers.history());
    stage = 'settle';
    const pending = await settle(buyers, interrupted);
    stage = 'check';
    const evidence = await witness.testify(bought);
    const settled = !interrupted.aborted;
    return {
      saleIds,
      tally: counted,
      verdict: check(buyers.history(saleIds), evidence.ledger, { settled }),
      evidence,
      came: bought.length,
      know: bought.filter(({ last }) => last !== 'unknown' && last.decidedAt !== undefined).length,
      pending,
      cut: interrupted.aborted ? 'interrupted' : cut ? 'out of time' : undefined,
    };
  } finally {
    await witness.close();
    buyers.close();
  }
}

/** No request stays pending for ever; an interrupted sale does not wait for that. */
function settle(buyers: Buyers, interrupted: AbortSignal): Promise<number> {
  return interrupted.aborted
    ? buyers.settle({ deadlineMs: hurryMs })
    : buyers.settle({ deadlineMs: settleMs, signal: interrupted });
}
