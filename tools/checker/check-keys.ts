import type { Books } from './books.js';
import type { Findings } from './findings.js';
import type { Observations, Request } from './requests.js';

const KEY_REUSED = 'idempotency-key-reused';

/** I3: one key is one request with one outcome, and is refused only when it came with something else before. */
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
    checkRepeats(request, findings);
    // Only a complete history shows whether the key came with something else.
    if (observations.isComplete(saleId)) checkRefusals(request, books, findings);
  }
}

/** After an outcome, a gateway may answer only the same outcome, or that it is busy. */
function checkRepeats({ saleId, userId, key, attempts }: Request, findings: Findings): void {
  for (const { operation, answer } of attempts) {
    if (answer.kind !== 'refused') continue;
    const { status, problem } = answer.response;
    if (status === 503 || problem === KEY_REUSED) continue;
    const { operationId, quantity, invokedAt } = operation;
    const told = attempts.find(
      (other) =>
        other.answer.kind === 'stored' &&
        other.operation.quantity === quantity &&
        (other.operation.completedAt ?? Infinity) <= invokedAt,
    );
    if (!told) continue;
    findings.add(
      'refused-after-outcome',
      `${userId} in ${saleId}: key ${key} had its outcome and was then answered with ${status}.`,
      { saleId, userId, key, operationId, told: told.operation.response, response: answer.response },
    );
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
