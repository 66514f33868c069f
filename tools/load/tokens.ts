import { createSigner } from 'fast-jwt';

/** Makes tokens of users, signed with HS256 and without an end. Each token is made once. */
export function tokensOf(secret: string): (userId: string) => string {
  const sign = createSigner({ algorithm: 'HS256', key: secret });
  const made = new Map<string, string>();
  return (userId) => {
    let token = made.get(userId);
    if (token === undefined) made.set(userId, (token = sign({ sub: userId })));
    return token;
  };
}

/** A token that may administer sales. */
export function adminToken(secret: string): string {
  return createSigner({ algorithm: 'HS256', key: secret })({ sub: 'admin', scope: 'sales:admin' });
}
