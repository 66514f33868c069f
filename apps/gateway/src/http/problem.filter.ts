import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { InventoryUnavailableError } from '@seckill/inventory-client';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendHttpProblem } from './http-problems.js';
import { problemTypes } from './problem-types.js';
import { ProblemError, sendProblem } from './problem.js';

/** Called for every request that ended with an exception. */
export type OnProblem = (request: FastifyRequest, status: number) => void;

/** Turns exceptions into problems. An unexpected one is logged, and answered without its message. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log = new Logger('gateway');

  constructor(private readonly onProblem: OnProblem) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.getArgByIndex<FastifyRequest>(0);
    const reply = host.getArgByIndex<FastifyReply>(1);
    // The response has begun: it is too late for a status.
    if (reply.sent) return this.#unexpected(request, error);
    // Overrides the route: a cache must not keep an outage.
    reply.header('cache-control', 'no-store');
    this.#send(request, reply, error);
    this.onProblem(request, reply.statusCode);
  }

  #send(request: FastifyRequest, reply: FastifyReply, error: unknown): void {
    if (error instanceof ProblemError) {
      reply.headers(error.headers);
      return sendProblem(reply, error.problem, error.detail, error.members);
    }
    if (error instanceof InventoryUnavailableError)
      return sendProblem(reply, 'unavailable', 'the stock ledger does not respond; retry later');
    // The gateway's own checks never arrive here as a 400: the body is not JSON, or is incomplete.
    if (error instanceof HttpException && error.getStatus() < 500)
      return sendHttpProblem(reply, error.getStatus(), error.message);
    this.#unexpected(request, error);
    sendProblem(reply, 'internal', problemTypes.internal.advice);
  }

  #unexpected(request: FastifyRequest, error: unknown): void {
    const { method, routeOptions } = request;
    this.#log.error('unexpected error in HTTP request', {
      method,
      route: routeOptions.url ?? 'unknown',
      error,
    });
  }
}
