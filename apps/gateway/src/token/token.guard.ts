import { createParamDecorator, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from '../http/problem.js';
import { TokenVerifier, type Token } from './token-verifier.js';

/** The scope that changing and auditing sales takes. */
export const ADMIN_SCOPE = 'sales:admin';

type AuthorizedRequest = FastifyRequest & { token?: Token };

/** Lets in whoever has a valid token. */
@Injectable()
export class TokenGuard implements CanActivate {
  constructor(private readonly tokens: TokenVerifier) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.getArgByIndex<AuthorizedRequest>(0);
    request.token = this.tokens.verify(request.headers.authorization);
    return true;
  }
}

/** Lets in whoever has a valid token with the scope `sales:admin`. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(private readonly tokens: TokenVerifier) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.getArgByIndex<AuthorizedRequest>(0);
    request.token = this.tokens.verify(request.headers.authorization);
    if (request.token.scope.split(' ').includes(ADMIN_SCOPE)) return true;
    throw new ProblemError(
      'insufficient-scope',
      `this takes the scope ${ADMIN_SCOPE}`,
      {},
      { 'www-authenticate': `Bearer realm="seckill", error="insufficient_scope", scope="${ADMIN_SCOPE}"` },
    );
  }
}

/** The user of the verified token. Only behind one of the guards. */
export const UserId = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const { token } = context.getArgByIndex<AuthorizedRequest>(0);
  if (!token) throw new Error('no guard has verified a token for this route');
  return token.userId;
});
