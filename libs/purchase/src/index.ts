export { PurchaseProtocolError } from './errors.js';
export { exampleOutcome, examplePurchase } from './examples.js';
export { answeringSerializer, askingSerializer, PURCHASE_PATTERN } from './messages.js';
export {
  blankPurchase,
  checkDecision,
  checkOutcome,
  checkResult,
  DECISIONS,
  isQuestion,
  type Decided,
  type DecideResult,
  type Decision,
  type Outcome,
  type Purchase,
  type Refusal,
} from './purchase.js';
