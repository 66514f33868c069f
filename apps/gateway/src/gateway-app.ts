import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { serveDocs } from './docs/open-api.js';
import { refuseMalformedHttp, sendHttpProblem } from './http/http-problems.js';
import { ProblemFilter } from './http/problem.filter.js';
import { sendProblem } from './http/problem.js';
import { AdmissionState } from './lifecycle/admission-state.js';
import { HeldRequests, TOO_MANY } from './purchase/held-requests.js';
import { PurchaseMetrics } from './purchase/purchase-metrics.js';
import type { Settings } from './settings.js';

/** A request must arrive completely within this many ms, or its connection is closed. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Longest path parameter that is validated; a longer one gets 414. */
const MAX_PARAM_LENGTH = 1_024;

/**
 * The gateway as a Nest application, not listening yet.
 * @param root a module that has the `EdgeModule` in it
 */
export async function createGatewayApp(
  root: DynamicModule,
  { BODY_LIMIT_BYTES }: Pick<Settings, 'BODY_LIMIT_BYTES'>,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: ({ statusCode = 400, message }: FastifyError, _: unknown, reply: FastifyReply) =>
      sendHttpProblem(reply, statusCode, message, 'path'),
    clientErrorHandler: refuseMalformedHttp,
  });
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    abortOnError: false,
    // Nest's parsers would accept forms as well.
    bodyParser: false,
  });
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser('text/plain');
  const metrics = app.get(PurchaseMetrics, { strict: false });
  refuseEarly(app, metrics);
  app.useGlobalFilters(
    new ProblemFilter((request, status) => {
      if (isPurchase(request)) metrics.count(kindOf(status));
    }),
  );
  serveDocs(app);
  return app;
}

/**
 * Refuses requests before it reads their token or body.
 *
 * A closed gateway still serves health and metrics, and refuses the rest. A full gateway must refuse at a small part of
 * the cost of a purchase: refused buyers retry, and with ten times as many of them the refusals alone would take all of
 * its time.
 */
function refuseEarly(app: NestFastifyApplication, metrics: PurchaseMetrics): void {
  const admission = app.get(AdmissionState, { strict: false });
  const held = app.get(HeldRequests, { strict: false });
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, done) => {
      if (admission.closed && !/^\/(health|metrics)\b/.test(request.url)) {
        reply.header('connection', 'close');
        sendProblem(
          reply,
          'unavailable',
          'this gateway is shutting down; repeat the request, another gateway takes it',
        );
      } else if (held.full && isPurchase(request)) {
        metrics.count('unavailable');
        sendProblem(reply, 'unavailable', TOO_MANY);
      } else done();
    });
}

const isPurchase = ({ method, routeOptions }: FastifyRequest): boolean =>
  method === 'POST' && routeOptions.url === '/v1/sales/:saleId/purchases';

function kindOf(status: number): 'invalid' | 'unavailable' | 'failed' {
  if (status < 500) return 'invalid';
  return status === 503 ? 'unavailable' : 'failed';
}
