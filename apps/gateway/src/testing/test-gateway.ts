import { Logger } from '@nestjs/common';
import { ManualClock } from '@seckill/clock';
import { MemoryRegistry } from '@seckill/registry';
import { OperationsModule, Readiness } from '@seckill/runtime';
import { createSigner } from 'fast-jwt';
import { Registry as Metrics } from 'prom-client';
import { EdgeModule } from '../edge.module.js';
import { createGatewayApp } from '../gateway-app.js';
import { AdmissionState } from '../lifecycle/admission-state.js';
import { HeldRequests } from '../purchase/held-requests.js';
import { settingsFrom } from '../settings.js';
import { MemoryPurchaseQueue } from './memory-purchase-queue.js';
import { Shop } from './shop.js';

const SECRET = 'a secret that only tests know, 32 bytes';

/** When the sale of `openSale` opens and closes. The clock of a test starts in between. */
export const OPENS_AT = Date.parse('2026-11-11T00:00:00Z');
export const CLOSES_AT = OPENS_AT + 3_600_000;
export const START = OPENS_AT + 60_000;

/** A token for `sub`, signed as the gateway expects it. */
export function tokenFor(sub: string, claims: Record<string, unknown> = {}): string {
  return createSigner({ key: SECRET, algorithm: 'HS256' })({ sub, ...claims });
}

/** Changes of the default request. */
export interface Ask {
  method?: string;
  /** Signs the token; null sends none. */
  user?: string | null;
  scope?: string;
  headers?: Record<string, string>;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
}

/** An answer with its body. */
export interface Answer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- what tests compare
  body: any;
}

/** A gateway that listens on a free port. Its dependencies are in memory, and its clock is set by hand. */
export async function startTestGateway(
  environment: NodeJS.ProcessEnv = {},
  state: 'open' | 'unregistered' = 'open',
) {
  Logger.overrideLogger(false);
  const clock = new ManualClock(START);
  const shop = new Shop(clock);
  const queue = new MemoryPurchaseQueue(shop, clock);
  const registry = new MemoryRegistry();
  const readiness = new Readiness();
  const metrics = new Metrics();
  const settings = settingsFrom({
    ROCKETMQ_ENDPOINTS: '127.0.0.1:8081',
    REGISTRY_URL: 'postgres://localhost/registry',
    JWT_SECRET: SECRET,
    ...environment,
  });
  const times = { clock, ageClock: clock };
  const parts = { settings, purchases: queue, inventory: shop, instances: registry, ...times };
  const imports = [OperationsModule.register(readiness, metrics)];
  const app = await createGatewayApp({ ...EdgeModule.register(parts), imports }, settings);
  const admission = app.get(AdmissionState);
  const held = app.get(HeldRequests);
  if (state === 'open') admission.open();
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();

  const ask = async (path: string, more: Ask = {}): Promise<Answer> => {
    const { method = 'GET', user = 'alice', scope, ...rest } = more;
    const headers: Record<string, string> = { ...rest.headers };
    if (user !== null) headers['authorization'] ??= `Bearer ${tokenFor(user, scope ? { scope } : {})}`;
    const init: RequestInit = { method, headers };
    if (rest.body !== undefined) {
      headers['content-type'] ??= 'application/json';
      init.body = typeof rest.body === 'string' ? rest.body : JSON.stringify(rest.body);
    }
    const response = await fetch(url + path, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const body: unknown = isJson ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body };
  };
  const buy = (saleId: string, more: Ask = {}) =>
    ask(`/v1/sales/${saleId}/purchases`, { method: 'POST', body: { quantity: 1 }, ...more });
  const openSale = (saleId: string, terms: { total?: number; perUserLimit?: number } = {}) =>
    shop.putSale({
      saleId,
      terms: {
        title: 'Sneakers',
        total: 10,
        perUserLimit: 2,
        opensAt: OPENS_AT,
        closesAt: CLOSES_AT,
        ...terms,
      },
    });
  const stop = async () => {
    // fetch opens a spare connection for each one that it lost, and Node would wait for its first request.
    app.getHttpServer().closeAllConnections();
    await app.close();
    await registry.close();
  };
  return {
    app,
    url,
    clock,
    shop,
    queue,
    registry,
    settings,
    admission,
    held,
    readiness,
    metrics,
    ask,
    buy,
    openSale,
    stop,
  };
}

/** A running gateway of a test. */
export type TestGateway = Awaited<ReturnType<typeof startTestGateway>>;
