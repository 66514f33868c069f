import { createSigner } from 'fast-jwt';

/** A secret that gateways accept, the same for every test. */
export const TEST_JWT_SECRET = 'a secret of at least 32 bytes, for tests only';

/** Makes tokens of users. Each token is made once. */
export function tokensOf(secret: string = TEST_JWT_SECRET): (userId: string) => string {
  const sign = createSigner({ algorithm: 'HS256', key: secret });
  const made = new Map<string, string>();
  return (userId) => {
    let token = made.get(userId);
    if (token === undefined) made.set(userId, (token = sign({ sub: userId })));
    return token;
  };
}

/** A token that may administer sales. */
export function adminToken(secret: string = TEST_JWT_SECRET): string {
  return createSigner({ algorithm: 'HS256', key: secret })({ sub: 'admin', scope: 'sales:admin' });
}
