/** A purchase was answered with something that this version does not understand: a defect, or another version. */
export class PurchaseProtocolError extends Error {
  override readonly name = 'PurchaseProtocolError';
  /** A repeat gets the same answer. */
  readonly retryable = false;
}
