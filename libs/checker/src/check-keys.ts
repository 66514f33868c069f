import type { Books } from './books.js';
import type { Findings } from './findings.js';
import type { Observations, Request } from './requests.js';

const KEY_REUSED = 'idempotency-key-reused';

/** I3: one key is one request, and is refused only when it came with something else before. */
export function checkKeys(observations: Observations, books: Books, findings: Findings): void {
  for (const request of observations.requests) {
    const { saleId, userId, key, ids } = request;
    if (key === undefined) continue;
    if (ids.length > 1) {
      findings.add('key-changed-outcome', `${userId} in ${saleId}: key ${key} is ${ids.length} requests.`, {
        saleId,
        userId,
        key,
        requestIds: ids,
        stored: ids.map((id) => books.byId.get(id)),
      });
    }
    // Only a complete history shows whether the key came with something else.
    if (observations.isComplete(saleId)) checkRefusals(request, books, findings);
  }
}

function checkRefusals(
  { saleId, userId, key, ids, attempts }: Request,
  books: Books,
  findings: Findings,
): void {
  for (const { operation, answer } of attempts) {
    if (answer.kind !== 'refused' || answer.response.problem !== KEY_REUSED) continue;
    const { operationId, quantity } = operation;
    const cause = attempts.some(
      (other) =>
        other.operation.quantity !== quantity &&
        other.answer.kind !== 'refused' &&
        other.operation.invokedAt <= (operation.completedAt ?? Infinity),
    );
    const bound = ids.map((id) => books.byId.get(id)?.quantity);
    if (cause && !bound.includes(quantity)) continue;
    findings.add(
      'needless-key-refusal',
      `${userId} in ${saleId}: key ${key} was refused for ${quantity} units as if it had come with another quantity.`,
      { saleId, userId, key, operationId, quantity, bound },
    );
  }
}
