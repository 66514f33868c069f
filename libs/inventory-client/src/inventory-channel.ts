import { Metadata, type CallOptions, type ServiceError } from '@grpc/grpc-js';
import { Batcher } from '@seckill/batching';
import { inventoryV1 as v1 } from '@seckill/contracts';
import type { Purchase } from '@seckill/purchase';
import type { Instance } from '@seckill/registry';
import { InventoryUnavailableError } from './errors.js';
import { fromServiceError } from './from-service-error.js';
import type { ChannelSettings } from './settings.js';

/** One call of the generated client. */
type Call<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => unknown;

/**
 * A silent peer (SIGSTOP, a cut cable) is noticed within 4 s, also between calls; reconnecting starts quickly.
 */
const channelOptions = {
  'grpc.keepalive_time_ms': 2_000,
  'grpc.keepalive_timeout_ms': 2_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
};

/** Most sales in one `GetSales`, as proto/seckill/inventory/v1 says. */
export const MAX_SALES = 1_024;

/** The connection to one instance. Purchases, and reads of sales, gather into few calls. */
export class InventoryChannel {
  readonly #client: v1.InventoryServiceClient;
  readonly #purchases: Batcher<PurchaseQuestion, v1.DecideResult>;
  readonly #sales: Batcher<SaleQuery, SaleAnswer | undefined>;
  readonly #ledgerClock: ChannelSettings['ledgerClock'];

  constructor({ address }: Instance, settings: ChannelSettings) {
    const { maxInFlight, maxBatchSize, maxWaiting, lateAfterMs, clock } = settings;
    const { decideTimeoutMs, readTimeoutMs, ledgerClock } = settings;
    this.#ledgerClock = ledgerClock;
    this.#client = new v1.InventoryServiceClient(address, settings.credentials, channelOptions);
    this.#purchases = new Batcher({
      send: async (asked) => {
        const purchases = asked.map(({ purchase }) => purchase);
        const { results } = await this.call('decide', { purchases }, decideTimeoutMs);
        // An inventory of another version looks for them in another field. It is to be replaced soon.
        if (results.length === 0) throw new InventoryUnavailableError('the instance has another version');
        return results;
      },
      maxInFlight,
      maxBatchSize,
      maxWaiting,
      lateAfterMs,
      maxWaitMs: decideTimeoutMs,
      clock,
    });
    this.#sales = new Batcher({
      send: (queries) => this.#readSales(queries, readTimeoutMs),
      maxInFlight,
      maxBatchSize: MAX_SALES,
      lateAfterMs,
      maxWaitMs: readTimeoutMs,
      clock,
    });
  }

  /**
   * Decides a purchase together with others.
   * @throws NotSentError if it was not sent
   */
  decide(purchase: Purchase): Promise<v1.DecideResult> {
    return this.#purchases.add({ purchase });
  }

  /**
   * Reads a sale together with others; undefined when there is none.
   * @throws NotSentError if it was not sent
   */
  sale(saleId: string): Promise<SaleAnswer | undefined> {
    return this.#sales.add({ saleId });
  }

  async #readSales(queries: SaleQuery[], timeoutMs: number): Promise<(SaleAnswer | undefined)[]> {
    const saleIds = queries.map(({ saleId }) => saleId);
    const { sales, nowMs } = await this.timedCall('getSales', { saleIds }, timeoutMs);
    const byId = new Map(sales.map((sale) => [sale.saleId, { sale, nowMs }]));
    return saleIds.map((saleId) => byId.get(saleId));
  }

  /** One call, whose answer corrects the ledger's clock. A time of 0 means that there is none. */
  async timedCall<Method extends TimedMethod>(
    method: Method,
    request: Calls[Method]['request'],
    timeoutMs: number,
  ): Promise<Calls[Method]['response']> {
    const mark = this.#ledgerClock?.mark() ?? 0;
    const response = await this.call(method, request, timeoutMs);
    if (response.nowMs > 0) this.#ledgerClock?.correct(mark, response.nowMs);
    return response;
  }

  /** One call. @param timeoutMs its deadline */
  call<Method extends keyof Calls>(
    method: Method,
    request: Calls[Method]['request'],
    timeoutMs: number,
  ): Promise<Calls[Method]['response']> {
    const call = this.#client[method].bind(this.#client) as Call<
      Calls[Method]['request'],
      Calls[Method]['response']
    >;
    return new Promise((resolve, reject) => {
      call(request, new Metadata(), { deadline: Date.now() + timeoutMs }, (error, response) =>
        error ? reject(fromServiceError(error)) : resolve(response),
      );
    });
  }

  /** Refuses what still waits, lets calls in flight end (each has a deadline), then closes the connection. */
  async close(): Promise<void> {
    this.#purchases.close();
    this.#sales.close();
    await Promise.all([this.#purchases.idle(), this.#sales.idle()]);
    this.#client.close();
  }
}

/** Asks about a purchase. An object of its own, so that two who ask about the same one are two. */
interface PurchaseQuestion {
  readonly purchase: Purchase;
}

/** Asks for a sale. An object, so that two who ask for the same one are two. */
interface SaleQuery {
  readonly saleId: string;
}

/** A sale, and the ledger's time when it was read. */
interface SaleAnswer {
  readonly sale: v1.Sale;
  readonly nowMs: number;
}

/** The methods whose answers contain the ledger's time. */
type TimedMethod = 'getSales' | 'putSale';

/** The methods with their requests and responses. */
interface Calls {
  decide: { request: v1.DecideRequest; response: v1.DecideResponse };
  getPurchase: { request: v1.GetPurchaseRequest; response: v1.GetPurchaseResponse };
  listPurchases: { request: v1.ListPurchasesRequest; response: v1.ListPurchasesResponse };
  getSales: { request: v1.GetSalesRequest; response: v1.GetSalesResponse };
  putSale: { request: v1.PutSaleRequest; response: v1.PutSaleResponse };
  getLedger: { request: v1.GetLedgerRequest; response: v1.GetLedgerResponse };
}
