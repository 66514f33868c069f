import type { CheckName, History, Ledger, LedgerOutcome, Operation, PurchaseOperation } from '../index.js';

/** What was recorded of one run. */
export interface Run {
  readonly history: History;
  readonly ledger: Ledger;
}

/** A change of one fact, and the check that must find it. */
export interface Defect {
  readonly what: string;
  readonly check: CheckName;
  /**
   * @param choose picks one of many
   * @returns undefined when the run holds nothing to which this could happen
   */
  readonly apply: (run: Run, choose: <T>(from: readonly T[]) => T | undefined) => Run | undefined;
}

/** Changes that make a run violate an invariant. */
export const defects: readonly Defect[] = [
  changeOutcome('a stored refusal vanishes', 'not-durable', refused, () => []),
  changeOutcome('a stored reservation vanishes', 'false-reservation', reserved, () => []),
  changeOutcome('a reservation becomes sold out', 'false-reservation', reserved, (row) => [
    { ...row, decision: 'sold_out' },
  ]),
  changeOutcome('a refusal becomes a reservation', 'false-refusal', refused, (row) => [
    { ...row, decision: 'reserved' },
  ]),
  changeOutcome('an outcome is stored twice', 'two-outcomes', any, (row) => [row, row]),
  changeOutcome('an outcome goes to another user', 'misdelivered', any, (row) => [
    { ...row, userId: 'other' },
  ]),
  changeOutcome('an outcome is decided a moment later', 'disagreement', any, (row) => [
    { ...row, decidedAt: row.decidedAt + 1 },
  ]),
  changeOutcome('a decision comes too late', 'late-decision', reserved, (row) => [
    { ...row, decideBy: row.decidedAt - 1 },
  ]),
  changeOutcome('a stranger buys unasked', 'unasked-outcome', any, (row) => [
    row,
    { ...row, requestId: 'foreign', userId: 'stranger' },
  ]),
  changeOutcome('one request buys twice', 'unasked-outcome', reserved, (row) => [
    row,
    { ...row, requestId: 'twice', quantity: 77 },
  ]),
  changeStock('a unit is lost', 'unbalanced', { available: -1 }),
  changeStock('a unit comes back', 'stock-differs-from-outcomes', { available: 1, reserved: -1 }),
  changeStock('a unit is sold that is in no outcome', 'stock-differs-from-outcomes', {
    available: -1,
    sold: 1,
  }),
  changeAnswer('a purchase is answered with another id', 'not-durable', 409, (answered) => ({
    ...answered,
    requestId: 'nowhere',
  })),
  changeAnswer('a reservation is answered that does not exist', 'false-reservation', 201, (answered) => ({
    ...answered,
    requestId: 'nowhere',
  })),
  changeAnswer(
    'a pending request is answered that is never decided',
    'pending-for-ever',
    202,
    (answered) => ({
      ...answered,
      requestId: 'nowhere',
    }),
  ),
  changeAnswer('a buyer is answered that there is no such sale', 'needless-refusal', 409, () => ({
    status: 404,
  })),
  changeAnswer('more units are answered than are reserved', 'false-reservation', 201, (answered) => ({
    ...answered,
    quantity: 78,
  })),
  {
    what: 'an oversold moment',
    check: 'oversold',
    apply: ({ history, ledger }, choose) => {
      const sample = choose(ledger.samples ?? []);
      if (!sample?.total) return undefined;
      const oversold = { ...sample, available: -1, reserved: sample.total + 1 };
      return { history, ledger: { ...ledger, samples: [...ledger.samples!, oversold] } };
    },
  },
  {
    what: 'a key is refused after its outcome',
    check: 'refused-after-outcome',
    apply: ({ history, ledger }, choose) => {
      const keyed = choose(
        toldPurchases(history).filter(
          ({ idempotencyKey, response }) =>
            idempotencyKey !== undefined && typeof response === 'object' && response.decidedAt !== undefined,
        ),
      );
      if (!keyed) return undefined;
      const at = keyed.completedAt ?? keyed.invokedAt;
      const response = { status: 409, decision: 'ended', problem: 'ended' } as const;
      const again = { ...keyed, operationId: 'again', invokedAt: at, completedAt: at + 1, response };
      return { history: { ...history, operations: [...history.operations, again] }, ledger };
    },
  },
  {
    what: 'a second request for one key',
    check: 'key-changed-outcome',
    apply: ({ history, ledger }, choose) => {
      const keyed = choose(
        toldPurchases(history).filter(({ idempotencyKey }) => idempotencyKey !== undefined),
      );
      if (!keyed || typeof keyed.response !== 'object') return undefined;
      const again = { ...keyed, operationId: 'again', response: { ...keyed.response, requestId: 'second' } };
      return { history: { ...history, operations: [...history.operations, again] }, ledger };
    },
  },
];

function any(): boolean {
  return true;
}

function reserved({ decision }: LedgerOutcome): boolean {
  return decision === 'reserved';
}

function refused({ decision }: LedgerOutcome): boolean {
  return decision !== 'reserved';
}

function toldPurchases({ operations }: History, ...statuses: number[]): PurchaseOperation[] {
  const wanted = statuses.length > 0 ? statuses : [201, 409];
  return operations.filter(
    (operation): operation is PurchaseOperation =>
      operation.kind === 'purchase' &&
      typeof operation.response === 'object' &&
      wanted.includes(operation.response.status),
  );
}

/** Changes the row of an outcome that some purchase was told. */
function changeOutcome(
  what: string,
  check: CheckName,
  fits: (row: LedgerOutcome) => boolean,
  change: (row: LedgerOutcome) => LedgerOutcome[],
): Defect {
  return {
    what,
    check,
    apply({ history, ledger }, choose) {
      const told = new Set(toldPurchases(history).map(idTold));
      const chosen = choose(ledger.outcomes.filter((row) => told.has(row.requestId) && fits(row)));
      if (!chosen) return undefined;
      const outcomes = ledger.outcomes.flatMap((row) => (row === chosen ? change(row) : [row]));
      return { history, ledger: { ...ledger, outcomes } };
    },
  };
}

function changeStock(
  what: string,
  check: CheckName,
  by: { available?: number; reserved?: number; sold?: number },
): Defect {
  return {
    what,
    check,
    apply: ({ history, ledger }) => ({
      history,
      ledger: {
        ...ledger,
        sales: ledger.sales.map((sale) => ({
          ...sale,
          available: sale.available + (by.available ?? 0),
          reserved: sale.reserved + (by.reserved ?? 0),
          sold: sale.sold + (by.sold ?? 0),
        })),
      },
    }),
  };
}

function changeAnswer(
  what: string,
  check: CheckName,
  status: number,
  change: (answered: object & { status: number }) => object & { status: number },
): Defect {
  return {
    what,
    check,
    apply({ history, ledger }, choose) {
      const chosen = choose(toldPurchases(history, status));
      if (!chosen || typeof chosen.response !== 'object') return undefined;
      const response = change(chosen.response);
      const operations = history.operations.map((operation): Operation =>
        operation === chosen ? { ...chosen, response } : operation,
      );
      return { history: { ...history, operations }, ledger };
    },
  };
}

function idTold({ response }: Operation): string | undefined {
  return typeof response === 'object' ? response.requestId : undefined;
}
