import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { projectTopology, repositoryRoot } from '@seckill/embedded';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { environmentOf, readDockerfile } from './testing/dockerfile.js';
import {
  apps,
  read,
  readManifests,
  readYaml,
  settingsOf,
  type App,
  type Manifest,
} from './testing/repository.js';

const directory = 'docker/kubernetes';
const files = readYaml<{ resources: string[]; images: { name: string }[] }>(
  `${directory}/kustomization.yaml`,
);
const all = files.resources.flatMap((file) => readManifests(`${directory}/${file}`));
const image = environmentOf(readDockerfile(read('docker/Dockerfile')).at(-1)!, {});

const find = (kind: string, name: string): Manifest => {
  const found = all.filter((one) => one.kind === kind && one.metadata.name === name);
  expect([kind, name, found.length]).toEqual([kind, name, 1]);
  return found[0]!;
};
const deployment = (app: App) => find('Deployment', app);
const containerOf = (app: App) => deployment(app)['spec'].template.spec.containers[0];
const environmentNames = (app: App): string[] => {
  const { env = [], envFrom = [] } = containerOf(app) as {
    env?: { name: string }[];
    envFrom?: { configMapRef: { name: string } }[];
  };
  const shared = envFrom.flatMap(({ configMapRef }) =>
    Object.keys(find('ConfigMap', configMapRef.name)['data']),
  );
  return [...env.map(({ name }) => name), ...shared];
};
const appLabel = 'app.kubernetes.io/name';

describe('the Kubernetes manifests', () => {
  it('are valid by the schemas of Kubernetes, and all of them are applied', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
    ajv.addSchema(JSON.parse(read('test/fixtures/schemas/kubernetes.json')) as object, 'kubernetes');
    const errorsOf = (manifest: Manifest) => {
      const validate = ajv.getSchema(`kubernetes#/$defs/${manifest.kind}`);
      if (!validate) return [`no schema for ${manifest.kind}`];
      return validate(manifest) === true ? [] : validate.errors;
    };
    for (const manifest of all)
      expect([manifest.metadata.name, errorsOf(manifest)]).toEqual([manifest.metadata.name, []]);
    const wrong = structuredClone(deployment('gateway'));
    wrong['spec'].template.spec.containers[0].prots = [];
    expect(errorsOf(wrong)).not.toEqual([]);
    const there = readdirSync(join(repositoryRoot(), directory)).filter((file) => file.endsWith('.yaml'));
    expect(there.filter((file) => file !== 'kustomization.yaml').sort()).toEqual([...files.resources].sort());
    expect(files.images.map(({ name }) => name).sort()).toEqual(apps.map((app) => `seckill/${app}`).sort());
  });

  it.each(apps)('tell %s only what it reads, secrets by reference', (app) => {
    const known = settingsOf(app);
    const names = environmentNames(app);
    expect(names).toEqual(expect.arrayContaining(['ADVERTISED_HOST', 'REGISTRY_URL']));
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    const example = read(`${directory}/secrets.env.example`);
    for (const { name, value, valueFrom } of containerOf(app).env) {
      if (/SECRET|_URL|_KEY$/.test(name)) expect(value).toBeUndefined();
      const key = valueFrom?.secretKeyRef?.key as string | undefined;
      if (key !== undefined) expect(example).toMatch(new RegExp(`^${key}=`, 'm'));
    }
    expect(names.includes('DATABASE_URL')).toBe(app === 'inventory');
    const { fieldPath } = containerOf(app).env.find(
      ({ name }: { name: string }) => name === 'ADVERTISED_HOST',
    ).valueFrom.fieldRef;
    expect(fieldPath).toBe('status.podIP');
  });

  it('give each app its own certificate by its secret, when mutual TLS is wanted', () => {
    const { patches } = readYaml<{ patches: { patch: string }[] }>(
      `${directory}/mutual-tls/kustomization.yaml`,
    );
    const patched = patches.map(({ patch }) => parse(patch) as Manifest);
    expect(patched.map(({ metadata }) => metadata.name).sort()).toEqual([...apps].sort());
    for (const { kind, metadata, spec } of patched) {
      const app = metadata.name as App;
      const { containers, volumes } = spec.template.spec;
      const [{ name, env, volumeMounts }] = containers;
      expect([kind, name]).toEqual(['Deployment', containerOf(app).name]);
      const files = Object.fromEntries(
        env.map((one: { name: string; value: string }) => [one.name, one.value]),
      );
      const at = volumeMounts[0].mountPath as string;
      expect(files).toEqual({
        TLS_CERT_FILE: `${at}/tls.crt`,
        TLS_KEY_FILE: `${at}/tls.key`,
        TLS_CA_FILE: `${at}/ca.crt`,
      });
      expect(Object.keys(files).filter((file) => !settingsOf(app).has(file))).toEqual([]);
      expect(volumes).toMatchObject([
        { name: volumeMounts[0].name, secret: { secretName: `seckill-${app}-tls` } },
      ]);
    }
  });

  it.each(apps)('ask %s for its health where it listens', (app) => {
    const { ports, readinessProbe, livenessProbe, startupProbe } = containerOf(app);
    const expected = [{ name: 'http', containerPort: Number(image['HTTP_PORT']) }];
    if (app !== 'seckill-service') expected.push({ name: 'grpc', containerPort: Number(image['GRPC_PORT']) });
    expect(ports).toEqual(expected);
    expect(readinessProbe.httpGet).toEqual({ path: '/health/ready', port: 'http' });
    for (const probe of [livenessProbe, startupProbe])
      expect(probe.httpGet).toEqual({ path: '/health/live', port: 'http' });
    expect(containerOf(app).image).toBe(`seckill/${app}`);
    const { securityContext } = deployment(app)['spec'].template.spec;
    expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1_000 });
  });

  it('let every Service, budget, spread and policy find pods that exist, at ports that these name', () => {
    const labels = [...apps, 'topics'];
    for (const { kind, metadata, spec } of all) {
      if (kind === 'Service' || kind === 'PodDisruptionBudget') {
        const selector = kind === 'Service' ? spec.selector : spec.selector.matchLabels;
        expect(labels).toContain(selector[appLabel]);
      }
      if (kind === 'Service')
        for (const { targetPort } of spec.ports) expect(['http', 'grpc']).toContain(targetPort);
      if (kind === 'NetworkPolicy') {
        const text = JSON.stringify(spec);
        for (const [, app] of text.matchAll(/"app\.kubernetes\.io\/name":"([^"]+)"/g))
          // Prometheus is yours to run.
          expect([...labels, 'prometheus']).toContain(app);
        expect([metadata.name, spec.podSelector.matchLabels]).toEqual([metadata.name, expect.any(Object)]);
      }
      if (kind === 'Deployment') expect(spec.selector.matchLabels).toEqual(spec.template.metadata.labels);
    }
    for (const app of apps) expect(find('PodDisruptionBudget', app)['spec'].maxUnavailable).toBe(1);
    for (const app of apps) expect(find('Service', app)['spec'].clusterIP).toBe('None');
  });

  it('let calls in only from those who make them: results from the service, decisions from gateway and service', () => {
    const callersOf = (app: App) =>
      (find('NetworkPolicy', app)['spec'].ingress as { from?: never[]; ports: { port: unknown }[] }[])
        .filter(({ ports }) => ports.some(({ port }) => port === 'grpc'))
        .flatMap(({ from = [] }) =>
          from.map(
            ({ podSelector }: { podSelector: { matchLabels: Record<string, string> } }) =>
              podSelector.matchLabels[appLabel],
          ),
        );
    const callsOf = (app: App) =>
      ((find('NetworkPolicy', app)['spec'].egress ?? []) as { to?: never[] }[]).flatMap(({ to = [] }) =>
        to.map(
          ({ podSelector }: { podSelector: { matchLabels: Record<string, string> } }) =>
            podSelector.matchLabels[appLabel],
        ),
      );
    expect(apps.map((app) => callersOf(app))).toEqual([
      ['seckill-service'],
      [],
      ['gateway', 'seckill-service'],
    ]);
    // What one may call, the other lets in.
    for (const app of apps)
      for (const callee of callsOf(app)) expect(callersOf(callee as unknown as App)).toContain(app);
    expect(find('NetworkPolicy', 'nobody')['spec']).toEqual({
      podSelector: { matchLabels: { 'app.kubernetes.io/part-of': 'seckill' } },
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  it('scale the service by the lag of its own group on its own topic', () => {
    const { scaleTargetRef, minReplicas, metrics } = find('HorizontalPodAutoscaler', 'seckill-service')[
      'spec'
    ];
    expect([scaleTargetRef.name, minReplicas]).toEqual(['seckill-service', 2]);
    const { matchLabels } = metrics[0].external.metric.selector;
    const { topics, groups } = projectTopology();
    expect(topics.map(({ name }) => name)).toContain(matchLabels.topic);
    expect(groups.map(({ name }) => name)).toContain(matchLabels.consumer_group);
    // It decides how many there are.
    expect(deployment('seckill-service')['spec'].replicas).toBeUndefined();
  });

  it('bring a new instance up before an old one goes', () => {
    for (const app of apps)
      expect(deployment(app)['spec'].strategy.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
    // The others are turned away from by the registry; a gateway by whoever routes to it.
    expect(apps.map((app) => containerOf(app).lifecycle?.preStop?.sleep?.seconds)).toEqual([
      5,
      undefined,
      undefined,
    ]);
  });
});

const kubectl = spawnSync('kubectl', ['kustomize', join(repositoryRoot(), directory)], { encoding: 'utf8' });
if (kubectl.error) console.log('Left out: what kubectl makes of the manifests, since there is no kubectl.');
(kubectl.error ? describe.skip : describe)('kubectl', () => {
  it('puts the manifests together', () => {
    expect([kubectl.status, kubectl.stderr]).toEqual([0, '']);
    expect(kubectl.stdout.match(/^kind: /gm)).toHaveLength(all.length);
  });
});
