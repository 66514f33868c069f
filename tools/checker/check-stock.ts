import type { Books, SaleBooks } from './books.js';
import type { Findings } from './findings.js';
import type { PurchaseOperation } from './history.js';
import type { Ledger, LedgerOutcome, StockSample } from './ledger.js';
import type { Observations } from './requests.js';

/** I1 and I2: nothing oversold at any moment, nothing lost in the end. */
export function checkStock(
  ledger: Ledger,
  observations: Observations,
  books: Books,
  findings: Findings,
): void {
  for (const sale of books.bySale.values()) {
    checkEnd(sale, findings);
    checkLeftovers(sale, findings);
  }
  for (const { operation, answer } of observations.all) {
    const sale = books.bySale.get(operation.saleId);
    if (!sale || operation.kind !== 'purchase' || answer.kind !== 'refused') continue;
    if (answer.response.decision === 'sold_out') checkRefusal(sale, operation, findings);
  }
  for (const sample of ledger.samples ?? []) checkSample(sample, books.bySale.get(sample.saleId), findings);
}

function checkEnd({ sale, units }: SaleBooks, findings: Findings): void {
  const { saleId, total, available, reserved, sold } = sale;
  const facts = { saleId, total, available, reserved, sold, units };
  const taken = Math.max(reserved + sold, units);
  if (taken > total || reserved < 0 || sold < 0) {
    findings.add('oversold', `${saleId}: ${taken} of ${total} units are taken.`, facts);
  }
  if (available + reserved + sold !== total) {
    const sum = available + reserved + sold;
    findings.add('unbalanced', `${saleId}: available + reserved + sold is ${sum}, not ${total}.`, facts);
  }
  if (reserved + sold !== units) {
    findings.add(
      'stock-differs-from-outcomes',
      `${saleId}: the stock says that ${reserved + sold} units are taken, its outcomes say ${units}.`,
      facts,
    );
  }
}

function checkSample(sample: StockSample, books: SaleBooks | undefined, findings: Findings): void {
  const { saleId, at, available, reserved, sold } = sample;
  const total = sample.total ?? books?.highest.total;
  if (total === undefined) return;
  const facts = { saleId, at, total, available, reserved, sold };
  if (reserved + sold > total || reserved < 0 || sold < 0) {
    findings.add('oversold', `${saleId}: at ${at}, ${reserved + sold} of ${total} units were taken.`, facts);
  }
  // Without the total of that moment, a raised total would look like lost units.
  if (sample.total === undefined && books?.lowest.total !== total) return;
  if (available + reserved + sold !== total) {
    const sum = available + reserved + sold;
    findings.add('unbalanced', `${saleId}: at ${at}, the stock added up to ${sum}, not ${total}.`, facts);
  }
}

/**
 * Nothing is released in this version, so what is available in the end has been so all along: whoever asked for no
 * more than that was refused for nothing. Counted from the lowest total that the sale has had, since the refusal
 * may be older than a raise.
 */
function checkLeftovers(books: SaleBooks, findings: Findings): void {
  for (const outcome of books.outcomes) {
    if (outcome.decision === 'sold_out') checkRefusal(books, outcome, findings);
  }
}

function checkRefusal(
  { sale: { saleId }, units, lowest }: SaleBooks,
  refused: LedgerOutcome | PurchaseOperation,
  findings: Findings,
): void {
  const left = lowest.total - units;
  if (refused.quantity > left) return;
  findings.add(
    'undersold',
    `${saleId}: a request for ${refused.quantity} was refused as sold out, and ${left} units are left.`,
    { left, refused },
  );
}
