import { describe, expect, it } from '@jest/globals';
import { DECISIONS, exampleOutcome } from '@seckill/purchase';
import { outcomeView } from './purchase-replies.js';

describe('an outcome as the contract shows it', () => {
  // Times are shown as RFC 3339. A field that is not to be shown is taken out here, by name.
  it('shows every field but the user', () => {
    const outcome = exampleOutcome();
    const { userId, ...shown } = outcome;
    const values = Object.entries(shown).map(([field, value]) =>
      field.endsWith('Ms') ? new Date(Number(value)).toISOString() : value,
    );
    expect(new Set(Object.values(outcomeView(outcome)))).toEqual(new Set(values));
    expect(values).not.toContain(userId);
  });

  it.each(DECISIONS)('shows a decision as its status: %s', (decision) => {
    expect(outcomeView(exampleOutcome({ decision })).status).toBe(decision);
  });

  it('leaves out an existing purchase that there is not', () => {
    expect(outcomeView(exampleOutcome({ existingRequestId: '' }))).not.toHaveProperty('existingRequestId');
  });
});
