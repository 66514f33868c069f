import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '@seckill/embedded';
import { environmentOf, readDockerfile } from './testing/dockerfile.js';
import { alertRules, panels } from './testing/observability.js';
import { properties, read, readYaml } from './testing/repository.js';

const folder = 'docker/observability';

describe('the dashboard', () => {
  const dashboard = JSON.parse(read(`${folder}/dashboard.json`)) as Record<string, unknown>;

  it('has what Grafana needs to take it over', () => {
    expect(dashboard).toMatchObject({
      uid: 'seckill',
      title: expect.any(String),
      schemaVersion: expect.any(Number),
    });
    const ids = panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const { datasources } = readYaml<{ datasources: { uid: string }[] }>(
      `${folder}/grafana-provisioning.yaml`,
    );
    for (const { title, type, targets = [], datasource, fieldConfig } of panels) {
      if (type === 'row') continue;
      expect([title, targets.length > 0]).toEqual([title, true]);
      expect(fieldConfig?.defaults?.unit).toEqual(expect.any(String));
      for (const place of [datasource, ...targets.map(({ datasource }) => datasource)])
        expect(place).toEqual({ type: 'prometheus', uid: datasources[0]!.uid });
    }
  });

  it('asks its questions in rows that fill the width and do not overlap', () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of panels)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([title, x < 24 && !taken.has(`${x},${y}`)]).toEqual([title, true]);
          taken.add(`${x},${y}`);
        }
    const height = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
    expect(taken.size).toBe(24 * height);
    const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title);
    expect(rows.length).toBeGreaterThan(3);
    for (const title of rows) expect(title).toMatch(/\?$/);
  });
});

describe('the alerts', () => {
  it('say how urgent they are, what happens and what to do', () => {
    for (const { alert, labels, annotations } of alertRules)
      expect([alert, labels, annotations]).toEqual([
        alert,
        { severity: expect.stringMatching(/^(page|ticket)$/) },
        { summary: expect.any(String), action: expect.any(String) },
      ]);
  });

  it('are named where the metrics are explained, each with a test that it fires', () => {
    const explained = read(`${folder}/README.md`);
    const tests = read(`${folder}/alerts.test.yaml`);
    for (const { alert } of alertRules) {
      expect(explained).toMatch(new RegExp(`\\b${alert}\\b`));
      expect(tests).toContain(`alertname="${alert}"`);
    }
    const named = [...explained.matchAll(/\| ([A-Z]\w+(?:, [A-Z]\w+)*) +\|$/gm)].flatMap(([, names]) =>
      names!.split(', '),
    );
    const known = alertRules.map(({ alert }) => alert);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('Prometheus', () => {
  it('looks where compose and Kubernetes have the apps and the broker', () => {
    const { scrape_configs: configs } = readYaml<{
      scrape_configs: { job_name: string; dns_sd_configs: { names: string[]; port: number }[] }[];
    }>(`${folder}/prometheus.yaml`);
    const { services } = readYaml<{ services: Record<string, unknown> }>('docker/compose.yaml');
    const image = environmentOf(readDockerfile(read('docker/Dockerfile')).at(-1)!, {});
    const broker = properties(read('docker/rocketmq/broker.conf'));
    for (const { job_name: job, dns_sd_configs: places } of configs) {
      const [{ names, port }] = places as [{ names: string[]; port: number }];
      for (const name of names) expect(services).toHaveProperty(name);
      const expected = job === 'rocketmq' ? broker['metricsPromExporterPort'] : image['HTTP_PORT'];
      expect([job, String(port)]).toEqual([job, expected]);
    }
    const jobs = configs.map(({ job_name: job }) => job);
    const watched = [...read(`${folder}/alerts.yaml`).matchAll(/job="([^"]+)"/g)].map(([, job]) => job);
    expect(new Set(watched)).toEqual(new Set(jobs));
  });
});

const promtool = join(repositoryRoot(), '.data/tools/prometheus/usr/bin/promtool');
const left = !existsSync(promtool) && !process.env['FULL_TESTS'];
if (left)
  console.log(
    'Left out: what promtool says. `node tools/scripts/debian-tools.mjs prometheus` brings it on Debian.',
  );

(left ? describe.skip : describe)('promtool', () => {
  it.each([
    ['check', 'config', `${folder}/prometheus.yaml`],
    ['check', 'rules', `${folder}/alerts.yaml`],
    ['test', 'rules', `${folder}/alerts.test.yaml`],
  ])('%s %s %s', (...args) => {
    const { status, stdout, stderr, error } = spawnSync(promtool, args, {
      cwd: repositoryRoot(),
      encoding: 'utf8',
    });
    expect([error, status === 0 || `${stdout}${stderr}`]).toEqual([undefined, true]);
  });
});
