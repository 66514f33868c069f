import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@seckill/embedded';
import { parse, parseAllDocuments } from 'yaml';

/** The apps that serve, and have an image. */
export const apps = ['gateway', 'seckill-service', 'inventory'] as const;

/** @see apps */
export type App = (typeof apps)[number];

/** The text of a file, by its path in the repository. */
export const read = (path: string): string => readFileSync(join(repositoryRoot(), path), 'utf8');

/** A YAML file with anchors and merges followed. */
export const readYaml = <T>(path: string): T => parse(read(path), { merge: true }) as T;

/** All documents of a YAML file. */
export const readManifests = (path: string): Manifest[] =>
  parseAllDocuments(read(path)).map((document) => document.toJS() as Manifest);

/** As much of a Kubernetes object as all of them have. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // oxlint-disable-next-line typescript/no-explicit-any -- its schema is checked, and differs by kind
  readonly [field: string]: any;
}

/** Variables that several apps share, by the name under which a schema takes them in. */
const sharedVariables = {
  rocketMqVariables: 'libs/messaging/src/rocketmq/settings.ts',
  tlsVariables: 'libs/tls/src/settings.ts',
  topologyVariables: 'libs/topology/src/settings.ts',
};

/** Names of the variables that an app reads: keys of the schemas that it gives to readSettings. */
export function settingsOf(app: App): Set<string> {
  const names = [`apps/${app}/src`, 'libs/runtime/src']
    .flatMap((directory) =>
      readdirSync(join(repositoryRoot(), directory))
        .filter((file) => file.endsWith('settings.ts'))
        .map((file) => read(`${directory}/${file}`)),
    )
    .flatMap((source) => [
      source,
      ...Object.entries(sharedVariables)
        .filter(([name]) => source.includes(`...${name},`))
        .map(([, file]) => read(file)),
    ])
    .flatMap((source) => [...source.matchAll(/^\s+([A-Z][A-Z_]+[A-Z])(?::|,$)/gm)].map(([, name]) => name!));
  return new Set(names);
}

/** Lines of a Java properties file; of a name that stands twice the last counts. */
export function properties(...texts: readonly string[]): Record<string, string> {
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => /^[^#\s]/.test(line));
  return Object.fromEntries(lines.map((line) => line.split('=', 2) as [string, string]));
}
