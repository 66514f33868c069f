import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../http/problem.js';
import { TokenVerifier, type Token } from './token-verifier.js';

/** The scope that administration of sales requires. */
export const ADMIN_SCOPE = 'sales:admin';

type AuthorizedRequest = FastifyRequest & { token?: Token };

/** Requires a valid token. */
@Injectable()
export class TokenGuard implements CanActivate {
  constructor(private readonly tokens: TokenVerifier) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.getArgByIndex<AuthorizedRequest>(0);
    request.token = this.tokens.verify(request.headers.authorization);
    return true;
  }
}

/** Requires a valid token with the scope `sales:admin`. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(private readonly tokens: TokenVerifier) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.getArgByIndex<AuthorizedRequest>(0);
    request.token = this.tokens.verify(request.headers.authorization);
    if (request.token.scope.split(' ').includes(ADMIN_SCOPE)) return true;
    throw new ProblemError(
      'insufficient-scope',
      `the scope ${ADMIN_SCOPE} is required`,
      {},
      { 'www-authenticate': `Bearer realm="seckill", error="insufficient_scope", scope="${ADMIN_SCOPE}"` },
    );
  }
}

/** The user of the verified token. Works only behind one of the guards. */
export const UserId = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { token } = context.getArgByIndex<AuthorizedRequest>(0);
  if (!token) throw new Error('no guard has verified a token for this route');
  return token.userId;
});
