import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Requests, System, type AppName } from '@tools/testbed';
import { alertRules, explainedMetrics, metricsIn, panels } from '../../docker/testing/observability.js';

const apps: readonly AppName[] = ['gateway', 'seckill-service', 'inventory'];

/** What prom-client tells of Node; documented there. */
const ofNode = (name: string) => /^(nodejs|process)_/.test(name);

describe('/metrics', () => {
  let system: System;
  const exposed = new Map<AppName, Set<string>>();
  const explained = explainedMetrics();
  const ofBroker = [...explained.keys()].filter((name) => name.startsWith('rocketmq_'));

  beforeAll(async () => {
    system = await System.start();
    for (const app of apps) {
      const text = await (await fetch(`${system.instances(app)[0]!.url}/metrics`)).text();
      exposed.set(app, new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!)));
    }
  }, 120_000);
  afterAll(() => system?.stop(), 60_000);

  it.each(apps)('of %s is what the table of metrics says, no more and no less', (app) => {
    const real = [...exposed.get(app)!].filter((name) => !ofNode(name));
    const told = [...explained].filter(([, tellers]) => tellers.includes(app)).map(([name]) => name);
    expect(real.length).toBeGreaterThan(4);
    expect(told.sort()).toEqual(real.sort());
  });

  it('has every metric that a panel or an alert asks for', () => {
    const known = new Set([...[...exposed.values()].flatMap((names) => [...names]), ...ofBroker, 'up']);
    const expressions = [
      ...alertRules.map(({ alert, expr }) => [alert, expr] as const),
      ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
    ];
    expect(expressions.length).toBeGreaterThan(30);
    for (const [where, expression] of expressions) {
      const names = metricsIn(expression);
      expect([where, names.length > 0]).toEqual([where, true]);
      const missing = names.filter(
        (name) => !known.has(name) && !known.has(name.replace(/_(bucket|sum|count)$/, '')),
      );
      expect([where, missing]).toEqual([where, []]);
    }
  });

  it('has the labels by which panels and alerts choose, once there was a sale', async () => {
    await system.putSale('labels', { total: 1 });
    const requests = new Requests();
    for (const user of ['first', 'second']) await requests.buy(system.gateways[0]!, 'labels', user);
    await requests.buy(system.gateways[0]!, 'labels', 'third', { prefer: 'respond-async' });
    requests.close();
    const texts = await Promise.all(
      system.processes.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
    );
    const all = texts.join('\n');
    for (const series of [
      'seckill_gateway_purchase_answers_total{kind="reserved"}',
      'seckill_gateway_purchase_answers_total{kind="pending"}',
      'messaging_replies_total{outcome="settled"}',
      'app_dependency_up{dependency="rocketmq"}',
    ])
      expect(all).toContain(`${series} `);
    expect(all).toMatch(/messaging_server_processed_requests_total\{[^}]*outcome="answered"\} \d/);
  });
});
