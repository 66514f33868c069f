import type {
  History,
  Ledger,
  LedgerOutcome,
  LedgerSale,
  ObservedResponse,
  Operation,
  Status,
  StockSample,
} from '../index.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A case that can be changed in one fact. */
export class Case {
  operations: Mutable<Operation>[];
  outcomes: Mutable<LedgerOutcome>[];
  sale: Mutable<LedgerSale>;
  samples: Mutable<StockSample>[];
  completeSales: string[] = ['phone'];

  constructor(operations: Operation[], outcomes: LedgerOutcome[], sale: LedgerSale, samples: StockSample[]) {
    [this.operations, this.outcomes] = [structuredClone(operations), structuredClone(outcomes)];
    [this.sale, this.samples] = [structuredClone(sale), structuredClone(samples)];
  }

  get history(): History {
    return { operations: this.operations, completeSales: this.completeSales };
  }

  get ledger(): Ledger {
    return { sales: [this.sale], outcomes: this.outcomes, samples: this.samples };
  }

  operation(operationId: string): Mutable<Operation> {
    return found(this.operations.find((operation) => operation.operationId === operationId));
  }

  answer(operationId: string): Mutable<ObservedResponse> {
    const { response } = this.operation(operationId);
    return found(response === 'unknown' ? undefined : response);
  }

  outcome(requestId: string): Mutable<LedgerOutcome> {
    return found(this.outcomes.find((outcome) => outcome.requestId === requestId));
  }

  /** Has an operation answered otherwise. */
  respond(
    operationId: string,
    status: number,
    decision?: Status,
    more: Partial<ObservedResponse> = {},
  ): void {
    const problem = status === 409 ? decision?.replaceAll('_', '-') : undefined;
    this.operation(operationId).response = { status, decision, problem, ...more };
  }

  /** Takes operations out of the history. */
  unsee(...operationIds: string[]): void {
    this.operations = this.operations.filter(({ operationId }) => !operationIds.includes(operationId));
  }

  /** Takes outcomes out of the ledger. */
  lose(...requestIds: string[]): void {
    this.outcomes = this.outcomes.filter(({ requestId }) => !requestIds.includes(requestId));
  }

  /** Puts units on sale that nobody has had. */
  addUnits(units: number): void {
    for (const stock of [this.sale, ...this.samples]) {
      Object.assign(stock, { total: stock.total! + units, available: stock.available + units });
    }
  }

  /** A purchase by a new user who was answered at once, with its outcome. */
  purchase(operationId: string, invokedAt: number, stored: LedgerOutcome, key?: string): void {
    const { userId, quantity } = stored;
    this.outcomes.push(stored);
    this.operations.push({
      ...exchange(operationId, userId, invokedAt),
      kind: 'purchase',
      quantity,
      idempotencyKey: key,
      response: response(stored),
    });
  }
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The good history has no such thing.');
  return value;
}

/** An outcome of the sale `phone`, accepted 10 ms before it was decided. */
export function stored(
  requestId: string,
  userId: string,
  quantity: number,
  decision: LedgerOutcome['decision'],
  decidedAt: number,
): LedgerOutcome {
  const acceptedAt = decidedAt - 10;
  return {
    requestId,
    saleId: 'phone',
    userId,
    quantity,
    decision,
    decidedAt,
    acceptedAt,
    decideBy: acceptedAt + 60_000,
  };
}

const response = ({ requestId, decision, decidedAt, quantity }: LedgerOutcome): ObservedResponse =>
  decision === 'reserved'
    ? { status: 201, decision, requestId, decidedAt, quantity }
    : { status: 409, decision, requestId, decidedAt, problem: decision.replace('_', '-') };

function exchange(operationId: string, userId: string, invokedAt: number) {
  const gateway = invokedAt % 20 === 0 ? 'g1' : 'g2';
  return { operationId, userId, saleId: 'phone', gateway, invokedAt, completedAt: invokedAt + 15 };
}

/** A small sale in which everything that can happen to a buyer happens, and happens rightly. */
export function goodCase(): Case {
  const outcomes = [
    stored('r-early', 'jon', 1, 'not_started', 1005),
    stored('r-ann', 'ann', 2, 'reserved', 1100),
    stored('r-bob', 'bob', 2, 'reserved', 1200),
    stored('r-cy', 'cy', 2, 'sold_out', 1300),
    stored('r-dan', 'dan', 1, 'reserved', 1350),
    stored('r-eve', 'eve', 1, 'sold_out', 1400),
    { ...stored('r-ann-2', 'ann', 1, 'limit_reached', 1500), existingRequestId: 'r-ann' },
    stored('r-ida', 'ida', 1, 'ended', 9020),
    { ...stored('r-hal', 'hal', 1, 'lapsed', 62_000), acceptedAt: 1600, decideBy: 61_600 },
  ];
  const told = (requestId: string) => response(found(outcomes.find((row) => row.requestId === requestId)));
  const read = (requestId: string) => {
    const { decision, decidedAt, quantity } = found(outcomes.find((row) => row.requestId === requestId));
    return { status: 200, decision, requestId, decidedAt, quantity } as const;
  };
  const buy = (
    id: string,
    user: string,
    at: number,
    quantity: number,
    answer?: Operation['response'],
    key?: string,
  ) =>
    ({
      ...exchange(id, user, at),
      kind: 'purchase',
      quantity,
      idempotencyKey: key,
      response: answer ?? 'unknown',
    }) as const;
  const ask = (id: string, user: string, at: number, requestId: string) =>
    ({ ...exchange(id, user, at), kind: 'read', requestId, response: read(requestId) }) as const;

  const operations: Operation[] = [
    buy('fay', 'fay', 900, 1, {
      status: 409,
      decision: 'not_started',
      problem: 'not-started',
      requestId: 'r-fay',
    }),
    buy('jon', 'jon', 995, 1, told('r-early')),
    buy('ann', 'ann', 1090, 2, told('r-ann'), 'k1'),
    buy('ann-again', 'ann', 1150, 2, told('r-ann'), 'k1'),
    buy('ann-otherwise', 'ann', 1170, 1, { status: 422, problem: 'idempotency-key-reused' }, 'k1'),
    buy('bob', 'bob', 1185, 2, { status: 202, decision: 'pending', requestId: 'r-bob' }),
    ask('bob-read', 'bob', 1210, 'r-bob'),
    buy('cy', 'cy', 1280, 2, 'unknown', 'k2'),
    buy('cy-again', 'cy', 1310, 2, told('r-cy'), 'k2'),
    buy('dan', 'dan', 1340, 1, 'unknown'),
    buy('eve', 'eve', 1390, 1, told('r-eve')),
    buy('ann-2', 'ann', 1490, 1, { ...told('r-ann-2'), existingRequestId: 'r-ann' }, 'k3'),
    {
      ...exchange('ann-list', 'ann', 1550),
      kind: 'list',
      response: {
        status: 200,
        purchases: [{ ...read('r-ann-2'), existingRequestId: 'r-ann' }, read('r-ann')],
      },
    },
    buy('hal', 'hal', 1590, 1, { status: 202, decision: 'pending', requestId: 'r-hal' }, 'k4'),
    buy('gus', 'gus', 1700, 1, { status: 503 }, 'k5'),
    buy('ida', 'ida', 9005, 1, told('r-ida')),
    ask('hal-read', 'hal', 62_100, 'r-hal'),
  ];
  const terms = { total: 5, perUserLimit: 2, opensAt: 1000, closesAt: 9000 };
  return new Case(operations, outcomes, { saleId: 'phone', ...terms, available: 0, reserved: 4, sold: 1 }, [
    { saleId: 'phone', at: 1050, total: 5, available: 5, reserved: 0, sold: 0 },
    { saleId: 'phone', at: 1250, total: 5, available: 1, reserved: 4, sold: 0 },
  ]);
}
