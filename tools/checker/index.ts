export { check } from './check.js';
export { describe } from './describe.js';
export {
  DECISIONS,
  type Decision,
  type History,
  type ListedPurchase,
  type ListOperation,
  type ObservedResponse,
  type Operation,
  type PurchaseOperation,
  type ReadOperation,
  type Status,
} from './history.js';
export { type Ledger, type LedgerOutcome, type LedgerSale, type StockSample, type Terms } from './ledger.js';
export { CHECKS, type AnswerKind, type CheckName, type Verdict } from './verdict.js';
