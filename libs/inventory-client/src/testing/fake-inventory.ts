import { Metadata, Server, ServerCredentials, status, type sendUnaryData } from '@grpc/grpc-js';
import { inventoryV1 as v1 } from '@seckill/contracts';
import { exampleOutcome, type Purchase } from '@seckill/purchase';
import { newInstanceId, type Instance, type Lease, type Registry } from '@seckill/registry';
import { FIELD_KEY, REASON_KEY } from '../reasons.js';
import { INVENTORY_ROLE } from '../sale-homes.js';

/** An inventory that reserves everything, in this process and without a database. */
export class FakeInventory {
  readonly id = newInstanceId(INVENTORY_ROLE);
  /** Purchases per call to decide. */
  readonly batches: number[] = [];
  /** Decided purchases, and their outcomes. */
  readonly purchases: Purchase[] = [];
  readonly outcomes: v1.Outcome[] = [];
  /** Sales per call to read them. */
  readonly saleBatches: number[] = [];
  /** Calls of any kind, by method. */
  readonly calls: string[] = [];
  /** Errors of the next calls, one each. */
  readonly failures: { code: status; reason?: string; field?: string; details?: string }[] = [];
  /** Whether it finds no purchases in a call to decide, as an inventory of another version does. */
  findsNone = false;
  /** The time of its ledger; 0: none. */
  now = 123;
  /** Answers wait for this. */
  gate: Promise<unknown> = Promise.resolve();
  lease: Lease | undefined;
  readonly #server = new Server();
  #address = '';

  static async start(): Promise<FakeInventory> {
    const fake = new FakeInventory();
    fake.#server.addService(v1.InventoryServiceService, {
      decide: fake.#method<v1.DecideRequest, v1.DecideResponse>('decide', ({ purchases }) => {
        fake.batches.push(purchases.length);
        fake.purchases.push(...purchases);
        const results = purchases.map(resultOf);
        for (const { result } of results) if (result?.$case === 'outcome') fake.outcomes.push(result.value);
        return { results: fake.findsNone ? [] : results };
      }),
      getPurchase: fake.#method<v1.GetPurchaseRequest, v1.GetPurchaseResponse>('getPurchase', (request) => ({
        outcome: request.decideByMs === 0 ? reserved({ ...request, quantity: 1 }) : undefined,
      })),
      listPurchases: fake.#method<v1.ListPurchasesRequest, v1.ListPurchasesResponse>(
        'listPurchases',
        (request) => ({ outcomes: [reserved({ ...request, requestId: 'r', quantity: request.limit })] }),
      ),
      getSales: fake.#method<v1.GetSalesRequest, v1.GetSalesResponse>('getSales', ({ saleIds }) => {
        const sales = new Set(saleIds.filter((saleId) => !saleId.startsWith('unknown')));
        fake.saleBatches.push(saleIds.length);
        return { sales: [...sales].toReversed().map(saleOf), nowMs: fake.now };
      }),
      putSale: fake.#method<v1.PutSaleRequest, v1.PutSaleResponse>('putSale', ({ saleId, terms }) => ({
        sale: { saleId, terms, available: 10, reserved: 0, sold: 0, version: 1 },
        created: true,
        nowMs: fake.now,
      })),
      getLedger: fake.#method<v1.GetLedgerRequest, v1.GetLedgerResponse>('getLedger', ({ saleId }) => ({
        sale: saleOf(saleId),
        counts: [{ decision: 'sold_out', requests: 5, units: 9 }],
      })),
    });
    const port = await new Promise<number>((resolve, reject) => {
      fake.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
    fake.#address = `127.0.0.1:${port}`;
    return fake;
  }

  get instance(): Omit<Instance, 'state'> {
    return { id: this.id, role: INVENTORY_ROLE, address: this.#address, startedAt: 1 };
  }

  async register(registry: Registry): Promise<void> {
    this.lease = await registry.register(this.instance);
  }

  /** Ends as in a crash: connections break, and it stays registered. */
  crash(): void {
    this.#server.forceShutdown();
  }

  #method<Request, Response>(name: string, answer: (request: Request) => Response) {
    return ({ request }: { request: Request }, callback: sendUnaryData<Response>) => {
      this.calls.push(name);
      const failure = this.failures.shift();
      if (failure) {
        const metadata = new Metadata();
        if (failure.reason) metadata.set(REASON_KEY, failure.reason);
        if (failure.field) metadata.set(FIELD_KEY, failure.field);
        callback({ code: failure.code, details: failure.details ?? 'no', metadata });
        return;
      }
      const response = answer(request);
      void this.gate.then(() => callback(null, response));
    };
  }
}

/** Terms of every sale here. */
const terms: v1.SaleTerms = { title: 't', total: 10, perUserLimit: 2, opensAtMs: 1, closesAtMs: 2 };

function saleOf(saleId: string): v1.Sale {
  return { saleId, terms, available: 6, reserved: 3, sold: 1, version: 7 };
}

/** The result, by the user's name. */
function resultOf(purchase: Purchase): v1.DecideResult {
  switch (purchase.userId) {
    case 'mismatch':
      return { result: { $case: 'mismatch', value: {} } };
    case 'unknown sale':
      return refused('unknown_sale');
    case 'invalid':
      return refused('invalid');
    case 'nothing':
      return { result: undefined };
    case 'later version':
      return { result: { $case: 'outcome', value: { ...reserved(purchase), decision: 'unrecognized' } } };
    default:
      return { result: { $case: 'outcome', value: reserved(purchase) } };
  }
}

function refused(reason: v1.RefusalReason): v1.DecideResult {
  return { result: { $case: 'refusal', value: { reason, message: 'because' } } };
}

function reserved(request: Pick<v1.Outcome, 'requestId' | 'saleId' | 'userId' | 'quantity'>): v1.Outcome {
  const { requestId, saleId, userId, quantity } = request;
  return exampleOutcome({ requestId, saleId, userId, quantity, decision: 'reserved', existingRequestId: '' });
}
