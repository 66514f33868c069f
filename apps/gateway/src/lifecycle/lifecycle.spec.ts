import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@seckill/clock';
import { newInstanceId, type Lease } from '@seckill/registry';
import { stoppable } from '@seckill/runtime';
import { GatewayLifecycle } from '../gateway.lifecycle.js';
import { startTestGateway, tokenFor, type TestGateway } from '../testing/test-gateway.js';
import { AdmissionState } from './admission-state.js';

describe('the admission state', () => {
  const look = ({ state, takesPurchases, leaving, closed }: AdmissionState) => [
    state,
    takesPurchases,
    leaving,
    closed,
  ];

  it('opens, is leaving, and closes', () => {
    const admission = new AdmissionState();
    expect(look(admission)).toEqual(['unregistered', false, false, false]);
    admission.open();
    expect(look(admission)).toEqual(['open', true, false, false]);
    admission.leave();
    expect(look(admission)).toEqual(['leaving', true, true, false]);
    admission.close();
    expect(look(admission)).toEqual(['closed', false, true, true]);
  });

  it('never returns to an earlier phase', () => {
    const admission = new AdmissionState();
    admission.open();
    admission.leave();
    admission.open();
    expect(admission.state).toBe('leaving');
    admission.close();
    admission.open();
    admission.leave();
    expect(admission.state).toBe('closed');
  });

  it('closes without having been open when the gateway leaves before it is registered', () => {
    const admission = new AdmissionState();
    admission.leave();
    expect(admission.state).toBe('closed');
  });
});

describe('a gateway', () => {
  let gateway: TestGateway;
  let lease: Lease;
  const steps: string[] = [];
  const id = newInstanceId('gateway');

  beforeEach(async () => {
    steps.length = 0;
    gateway = await startTestGateway({}, 'unregistered');
    await gateway.openSale('sale');
  });
  afterEach(() => gateway.stop());

  async function register() {
    lease = await gateway.registry.register({
      id,
      role: 'gateway',
      address: '127.0.0.1:4000',
      startedAt: 1_000,
    });
    gateway.admission.open();
  }

  const log = {
    log: () => {},
    warn: (m: string, fields?: object) => void steps.push(`${m} ${JSON.stringify(fields)}`),
    error: (m: string) => void steps.push(m),
  };
  const note = (name: string) => async () => void steps.push(name);
  const lifecycle = () => {
    const { settings, admission, held } = gateway;
    return new GatewayLifecycle(
      { settings, log },
      { connect: async () => {}, connection: 'connecting', close: note('purchases') },
      { port: 4_321 },
      { known: false, close: note('inventory') },
      admission,
      held,
    );
  };
  const stop = () => {
    const { readiness, app, clock } = gateway;
    const stopSteps = lifecycle().stopSteps({
      leave: () => readiness.leave(),
      drain: () => lease.drain().then(note('drained')),
      release: () => lease.release().then(note('released')),
      closeHttp: () => app.close().then(note('http')),
      closeRegistry: note('registry'),
    });
    return stoppable(stopSteps, log, clock).stop();
  };

  it('accepts purchases once it is registered, and answers 503 before', async () => {
    const before = await gateway.buy('sale');
    expect([before.status, before.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await gateway.ask('/v1/sales/sale')).status).toBe(200);
    await register();
    expect((await gateway.buy('sale')).status).toBe(201);
  });

  it('is known by the port for replies, accepts purchases from then on, and can do without inventory', async () => {
    const started = lifecycle();
    const address = started.address();
    expect(address).toBe('127.0.0.1:4321');
    started.registered({ id, role: 'gateway', address, state: 'ready', startedAt: 1_000 });
    expect(gateway.admission.takesPurchases).toBe(true);
    started.addReadiness(gateway.readiness);
    expect(gateway.readiness.report()).toEqual({
      status: 'not ready',
      dependencies: { rocketmq: 'connecting', inventory: 'no instance is registered' },
      missing: { rocketmq: 'connecting' },
    });
  });

  it('shows registered gateways to administrators only', async () => {
    await register();
    await until(() => gateway.registry.list('gateway').length === 1);
    const { status, body } = await gateway.ask('/v1/admin/gateways', { scope: 'sales:admin' });
    expect(status).toBe(200);
    expect(body).toEqual({
      gateways: [{ id, address: '127.0.0.1:4000', state: 'ready', startedAt: '1970-01-01T00:00:01.000Z' }],
    });
    expect((await gateway.ask('/v1/admin/gateways')).status).toBe(403);
    expect((await gateway.ask('/v1/admin/gateways', { user: null })).status).toBe(401);
  });

  it('stops in order: held buyers get their outcome, new requests are refused, replies arrive until the end', async () => {
    await register();
    gateway.queue.mood = 'holds';
    const held = gateway.buy('sale');
    await until(() => gateway.queue.holding === 1);
    const stopped = stop();
    await until(() => gateway.admission.closed);
    expect(lease.instance.state).toBe('draining');
    for (const path of ['/v1/sales/sale', '/v1/sales/sale/purchases', '/nowhere']) {
      const { status, headers, body } = await gateway.ask(path);
      expect([status, body.type]).toEqual([503, '/problems/unavailable']);
      expect([headers.get('connection'), headers.get('retry-after')]).toEqual(['close', '1']);
    }
    expect((await gateway.ask('/health/live')).status).toBe(200);
    expect(steps).toEqual(['drained']);
    gateway.queue.decideHeld();
    const { status, headers } = await held;
    expect([status, headers.get('connection')]).toEqual([201, 'close']);
    await stopped;
    expect(steps).toEqual(['drained', 'released', 'http', 'purchases', 'inventory', 'registry']);
  });

  it('stops, and a held buyer whose wait ends gets 202', async () => {
    await register();
    gateway.queue.mood = 'holds';
    const held = gateway.buy('sale');
    await until(() => gateway.queue.holding === 1);
    const stopped = stop();
    await until(() => gateway.admission.closed);
    await gateway.clock.advance(2_000);
    expect((await held).status).toBe(202);
    await stopped;
    expect(steps.at(-1)).toBe('registry');
  });

  it('stops within a bound although a buyer is held for ever', async () => {
    await register();
    gateway.held.enter();
    const stopped = stop();
    await until(() => gateway.admission.closed);
    await gateway.clock.advance(13_000);
    await stopped;
    expect(steps).toContain(
      'shutdown step timed out, continuing {"step":"finish held requests","withinMs":13000}',
    );
    expect(steps.at(-1)).toBe('registry');
  });

  it('names missing dependencies in health', async () => {
    let missing: string | undefined = 'it is not registered';
    gateway.readiness.add('registry', () => missing);
    gateway.readiness.add(
      'inventory',
      () => 'no instance is registered',
      () => false,
    );
    const before = await gateway.ask('/health/ready', { user: null });
    expect([before.status, before.body]).toEqual([
      503,
      {
        status: 'not ready',
        dependencies: { registry: 'it is not registered', inventory: 'no instance is registered' },
        missing: { registry: 'it is not registered' },
      },
    ]);
    missing = undefined;
    const after = await gateway.ask('/health/ready', { user: null });
    const dependencies = { registry: 'there', inventory: 'no instance is registered' };
    expect([after.status, after.body]).toEqual([200, { status: 'ready', dependencies }]);
    const metrics = (await gateway.ask('/metrics', { user: null })).body as string;
    expect(metrics).toContain('app_dependency_up{dependency="registry"} 1');
    expect(metrics).toContain('app_dependency_up{dependency="inventory"} 0');
    gateway.readiness.leave();
    const leaving = await gateway.ask('/health/ready', { user: null });
    expect([leaving.status, leaving.body]).toEqual([503, { status: 'stopping', dependencies }]);
  });

  it('answers a malformed request with a problem and closes the connection', async () => {
    const { connect } = await import('node:net');
    const { port } = new URL(gateway.url);
    const speak = (text: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
        let answer = '';
        socket.on('data', (data) => (answer += data.toString()));
        socket.on('close', () => resolve(answer)).on('error', reject);
      });
    expect(await speak('nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*problem\+json/s);
    const large = `GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${tokenFor('a')}\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(await speak(large)).toMatch(/^HTTP\/1.1 431 .*problem\+json/s);
  });
});
