import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { serveDocs } from './docs/open-api.js';
import { GatewayModule, type GatewayParts } from './gateway.module.js';
import { refuseMalformedHttp, sendHttpProblem } from './http/http-problems.js';
import { ProblemFilter } from './http/problem.filter.js';
import { sendProblem } from './http/problem.js';
import type { Doors } from './lifecycle/doors.js';
import { PurchaseMetrics } from './purchase/purchase-metrics.js';

/** A request has to be there as a whole within so many ms, or its connection is closed. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Longest path parameter that gets as far as its own check; beyond it the answer is 414. */
const MAX_PARAM_LENGTH = 1_024;

/** The gateway as a Nest application that does not listen yet. */
export async function createGatewayApp(parts: GatewayParts): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: parts.settings.bodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: ({ statusCode = 400, message }: FastifyError, _: unknown, reply: FastifyReply) =>
      sendHttpProblem(reply, statusCode, message, 'path'),
    clientErrorHandler: refuseMalformedHttp,
  });
  const app = await NestFactory.create<NestFastifyApplication>(GatewayModule.register(parts), adapter, {
    // Nest's parsers would take forms as well.
    bodyParser: false,
  });
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser('text/plain');
  refuseWhenClosed(adapter, parts.doors);
  const metrics = app.get(PurchaseMetrics);
  app.useGlobalFilters(
    new ProblemFilter((request, status) => {
      if (isPurchase(request)) metrics.count(kindOf(status));
    }),
  );
  serveDocs(app);
  return app;
}

/** Health and metrics go on; whatever else still comes is told to go elsewhere. */
function refuseWhenClosed(adapter: FastifyAdapter, doors: Doors): void {
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    if (!doors.closed || /^\/(health|metrics)\b/.test(request.url)) return done();
    reply.header('connection', 'close');
    sendProblem(reply, 'unavailable', 'this gateway is shutting down; another one will take the request');
  });
}

const isPurchase = ({ method, routeOptions }: FastifyRequest): boolean =>
  method === 'POST' && routeOptions.url === '/v1/sales/:saleId/purchases';

function kindOf(status: number): 'invalid' | 'unavailable' | 'failed' {
  if (status < 500) return 'invalid';
  return status === 503 ? 'unavailable' : 'failed';
}
