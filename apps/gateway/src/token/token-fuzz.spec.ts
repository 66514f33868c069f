import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSigner } from 'fast-jwt';
import { ProblemError } from '../http/problem.js';
import { secretKey } from './token-key.js';
import { TokenVerifier } from './token-verifier.js';

const SECRET = 'a secret that only tests know, 32 bytes';
const verifier = new TokenVerifier(secretKey(SECRET));
const token = (claims: Record<string, unknown>) => createSigner({ key: SECRET, algorithm: 'HS256' })(claims);

/** Who a header is taken for; undefined when it is refused, and any other end is a defect. */
function userOf(authorization: string): string | undefined {
  try {
    return verifier.verify(authorization).userId;
  } catch (error) {
    expect(error).toBeInstanceOf(ProblemError);
    return undefined;
  }
}

const header = fc.oneof(
  fc.constant({ alg: 'none' }),
  fc.constant({ alg: 'HS256', typ: 'JWT' }),
  fc.record({
    alg: fc.constantFrom('HS256', 'hs256', 'HS512', 'RS256', 'none', '', null),
    kid: fc.anything(),
  }),
  fc.anything(),
);

const part = (value: unknown) => {
  try {
    return Buffer.from(JSON.stringify(value) ?? 'undefined').toString('base64url');
  } catch {
    return 'AA';
  }
};

describe('tokens of any shape', () => {
  it('name no user unless they were signed, and are refused with the reason', () => {
    const unsigned = fc
      .tuple(header, fc.oneof(fc.record({ sub: fc.string() }), fc.anything()), fc.base64String())
      .map(([head, claims, signature]) => `${part(head)}.${part(claims)}.${signature}`);
    const text = fc.oneof(
      unsigned,
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string().map((word) => word.repeat(1_000)),
    );
    fc.assert(
      fc.property(text, fc.constantFrom('Bearer ', 'bearer ', 'Basic ', ''), (token, scheme) => {
        expect(userOf(scheme + token)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('that were changed after signing name the same user or none', () => {
    const good = token({ sub: 'alice', scope: 'some' });
    const change = fc.record({
      at: fc.nat(good.length),
      remove: fc.integer({ min: 0, max: 5 }),
      insert: fc.string({ maxLength: 5 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let text = good;
        for (const { at, remove, insert } of changes)
          text = text.slice(0, at) + insert + text.slice(at + remove);
        expect([undefined, 'alice']).toContain(userOf(`Bearer ${text}`));
      }),
      { numRuns: 1_000 },
    );
  });

  it('that were signed with any claims name a user of 1 to 128 characters or none', () => {
    const claims = fc.record({
      sub: fc.oneof(fc.string({ maxLength: 200 }), fc.constant('')),
      exp: fc.option(fc.integer({ min: 1, max: 1e10 }), { nil: undefined }),
      scope: fc.option(fc.string(), { nil: undefined }),
    });
    fc.assert(
      fc.property(claims, ({ sub, exp, scope }) => {
        const signed = token({
          sub,
          ...(exp !== undefined && { exp }),
          ...(scope !== undefined && { scope }),
        });
        const user = userOf(`Bearer ${signed}`);
        if (user === undefined) return;
        expect(user).toBe(sub);
        expect(Array.from(user).length).toBeGreaterThanOrEqual(1);
        expect(Array.from(user).length).toBeLessThanOrEqual(128);
        if (exp !== undefined) expect(exp * 1_000).toBeGreaterThan(Date.now() - 5_000);
      }),
    );
  });
});
