import { Metadata, type CallOptions, type ServiceError } from '@grpc/grpc-js';
import { Batcher } from '@seckill/batching';
import { inventoryV1 as v1 } from '@seckill/contracts';
import type { Instance } from '@seckill/registry';
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
 * A peer that vanished without a word (SIGSTOP, a cut cable) is noticed within 4 s, also between calls; one that is
 * back is tried again at once.
 */
const channelOptions = {
  'grpc.keepalive_time_ms': 2_000,
  'grpc.keepalive_timeout_ms': 2_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
};

/** The way to one instance: a connection, and purchases gathered into few calls. */
export class InventoryChannel {
  readonly #client: v1.InventoryServiceClient;
  readonly #purchases: Batcher<v1.Purchase, v1.DecideResult>;

  constructor({ address }: Instance, settings: ChannelSettings) {
    const { flights, maxItems, maxWaiting, lateAfterMs, onFlight, clock, decideTimeoutMs } = settings;
    this.#client = new v1.InventoryServiceClient(address, settings.credentials, channelOptions);
    this.#purchases = new Batcher({
      send: async (purchases) => {
        const { results } = await this.call('decide', { purchases }, decideTimeoutMs);
        return results;
      },
      flights,
      maxItems,
      maxWaiting,
      lateAfterMs,
      maxWaitMs: decideTimeoutMs,
      onFlight,
      clock,
    });
  }

  /**
   * Decides a purchase together with others.
   * @throws NotSentError if it never left
   */
  decide(purchase: v1.Purchase): Promise<v1.DecideResult> {
    return this.#purchases.add(purchase);
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

  /** Refuses what still waits, lets calls in the air end (each has a deadline), then closes the connection. */
  async close(): Promise<void> {
    this.#purchases.close();
    await this.#purchases.idle();
    this.#client.close();
  }
}

/** The methods and what goes in and out. */
interface Calls {
  decide: { request: v1.DecideRequest; response: v1.DecideResponse };
  getPurchase: { request: v1.GetPurchaseRequest; response: v1.GetPurchaseResponse };
  listPurchases: { request: v1.ListPurchasesRequest; response: v1.ListPurchasesResponse };
  getSale: { request: v1.GetSaleRequest; response: v1.GetSaleResponse };
  putSale: { request: v1.PutSaleRequest; response: v1.PutSaleResponse };
  getLedger: { request: v1.GetLedgerRequest; response: v1.GetLedgerResponse };
}
