import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { InventoryUnavailableError } from '@seckill/inventory-client';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendHttpProblem } from './http-problems.js';
import { problemTypes } from './problem-types.js';
import { ProblemError, sendProblem } from './problem.js';

/** Hears of every request that ended with an exception. */
export type OnProblem = (request: FastifyRequest, status: number) => void;

/** Turns whatever was thrown into a problem. What nobody expected is logged and told without its message. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log = new Logger('gateway');

  constructor(private readonly onProblem: OnProblem) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.getArgByIndex<FastifyRequest>(0);
    const reply = host.getArgByIndex<FastifyReply>(1);
    // Too late for a status: nothing can be said on a response that has begun.
    if (reply.sent) return this.#unexpected(request, error);
    // Over what the route says of its answers: an outage is not to be remembered.
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
      return sendProblem(reply, 'unavailable', 'the stock ledger does not answer right now');
    // The gateway's own checks never come here as a 400: it is the body that is not JSON, or not whole.
    if (error instanceof HttpException && error.getStatus() < 500)
      return sendHttpProblem(reply, error.getStatus(), error.message);
    this.#unexpected(request, error);
    sendProblem(reply, 'internal', problemTypes.internal.advice);
  }

  #unexpected(request: FastifyRequest, error: unknown): void {
    const { method, routeOptions } = request;
    this.#log.error('a request failed on what nobody expected', {
      method,
      route: routeOptions.url ?? 'unknown',
      error,
    });
  }
}
