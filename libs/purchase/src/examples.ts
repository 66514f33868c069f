import { randomUUID } from 'node:crypto';
import type { Outcome, Purchase } from './purchase.js';

/**
 * A purchase with every field set, for tests and benchmarks: one unit for a user of its own, accepted now, with a minute
 * left.
 *
 * Tests of each hop send it and look for every field at the other end. So a new field belongs here, also an optional one:
 * the compiler requires it.
 */
export function examplePurchase(fields: Partial<Purchase> = {}): Purchase {
  const acceptedAtMs = Date.now();
  const example: Required<Purchase> = {
    requestId: randomUUID(),
    saleId: 'example',
    userId: `user-${randomUUID()}`,
    quantity: 1,
    acceptedAtMs,
    decideByMs: acceptedAtMs + 60_000,
  };
  return { ...example, ...fields };
}

/** An outcome with every field set, for tests: see `examplePurchase`. */
export function exampleOutcome(fields: Partial<Outcome> = {}): Outcome {
  const example: Required<Outcome> = {
    requestId: randomUUID(),
    saleId: 'example',
    userId: `user-${randomUUID()}`,
    quantity: 1,
    decision: 'limit_reached',
    decidedAtMs: Date.now(),
    existingRequestId: randomUUID(),
  };
  return { ...example, ...fields };
}
