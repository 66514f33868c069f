import type { Findings } from './findings.js';
import type { Observations } from './requests.js';

/** What makes a history worth judging: a defect here lies with the recorder or with the contract, not with the shop. */
export function checkHistory({ all }: Observations, findings: Findings): void {
  const seen = new Set<string>();
  for (const { operation, answer } of all) {
    const { operationId, invokedAt, completedAt } = operation;
    if (seen.has(operationId)) {
      findings.add('impossible-history', `There are two operations ${operationId}.`, { operationId });
    }
    seen.add(operationId);
    if (completedAt !== undefined && !(completedAt >= invokedAt)) {
      findings.add('impossible-history', `Operation ${operationId} ended before it began.`, { operation });
    }
    if (answer.kind === 'malformed') {
      findings.add('malformed-answer', `A ${operation.kind} got an answer without sense: ${answer.why}.`, {
        operation,
      });
    }
  }
}
