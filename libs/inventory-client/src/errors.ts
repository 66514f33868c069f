import { isSalePrecondition, type SalePrecondition, type SaleRule } from './reasons.js';

/**
 * Inventory did not respond, or no instance is known. Whether the call took effect is not known. Repeating it is safe:
 * decisions are kept by request id, and changes of a sale are idempotent.
 */
export class InventoryUnavailableError extends Error {
  override readonly name = 'InventoryUnavailableError';
  /** A repeat may succeed. */
  readonly retryable = true;

  constructor(what: string, options?: ErrorOptions) {
    super(`inventory is unavailable, retry later: ${what}`, options);
  }
}

/** The change of a sale was refused, and nothing changed. */
export class SaleChangeRefusedError extends Error {
  override readonly name = 'SaleChangeRefusedError';
  readonly retryable = false;

  constructor(
    readonly saleId: string,
    readonly reason: SaleRule | SalePrecondition,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** A condition of the caller does not hold (HTTP 412), as opposed to a rule of the sale (HTTP 409). */
  get isPrecondition(): boolean {
    return isSalePrecondition(this.reason);
  }
}

/** Inventory refuses a value. The caller should have checked it; repeating does not help. */
export class InvalidInventoryRequestError extends Error {
  override readonly name = 'InvalidInventoryRequestError';
  readonly retryable = false;

  constructor(
    /** The field, such as `terms.title`; empty if not known. */
    readonly field: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Inventory answered with something that this client does not expect: a defect, or another version. */
export class InventoryProtocolError extends Error {
  override readonly name: string = 'InventoryProtocolError';
  readonly retryable = false;
}
