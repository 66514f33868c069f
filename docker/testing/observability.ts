import { read, readYaml } from './repository.js';

interface Place {
  readonly type: string;
  readonly uid: string;
}

/** As much of a panel of Grafana's as is looked at. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: Place;
  readonly fieldConfig?: { readonly defaults?: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string; readonly datasource?: Place }[];
}

/** An alert rule of Prometheus. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

/** All panels of the dashboard, rows included. */
export const { panels } = JSON.parse(read('docker/observability/dashboard.json')) as { panels: Panel[] };

/** All alert rules. */
export const alertRules = readYaml<{ groups: { rules: AlertRule[] }[] }>(
  'docker/observability/alerts.yaml',
).groups.flatMap(({ rules }) => rules);

/** Names of metrics in an expression: what stands before its labels, its range or nothing, and is no function. */
export function metricsIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '""')
    .replaceAll(/\{[^}]*\}/g, ' ')
    .replaceAll(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\boffset\s+\w+/g, ' ');
  const words = [...bare.matchAll(/\b([a-z_][a-z0-9_]*)\b(?!\s*\()/g)].map(([, name]) => name!);
  return [...new Set(words)].filter((name) => !['or', 'and', 'unless', 'by', 'bool'].includes(name));
}

/** The table of metrics in README.md, by name, with the apps that expose each; the broker's with none. */
export function explainedMetrics(): Map<string, readonly string[]> {
  const rows = [
    ...read('docker/observability/README.md').matchAll(/^\| `(\w+)` +\| ([^|]+)\|([^|]+)\|(?:[^|]+\|)?$/gm),
  ];
  return new Map(
    rows.map(([, name, second]) => [name!, name!.startsWith('rocketmq_') ? [] : second!.trim().split(', ')]),
  );
}
