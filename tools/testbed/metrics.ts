import type { System } from './system.js';

/** Values of metrics, summed over all processes: by name with labels, and by name alone, summed over the labels too. */
export type Scrape = ReadonlyMap<string, number>;

/** Reads /metrics of every process that runs. */
export async function scrape(system: System): Promise<Scrape> {
  const sums = new Map<string, number>();
  for (const { url, pid } of system.processes) {
    if (pid === undefined) continue;
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const line of text.split('\n')) {
      if (line.startsWith('#') || line === '') continue;
      const split = line.lastIndexOf(' ');
      const name = line.slice(0, split);
      const value = Number(line.slice(split + 1));
      const [bare] = name.split('{') as [string];
      for (const key of new Set([name, bare])) sums.set(key, (sums.get(key) ?? 0) + value);
    }
  }
  return sums;
}

/** Mean of what a histogram saw between two readings. */
export function meanOf(histogram: string, before: Scrape, after: Scrape): number {
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  return grown(`${histogram}_sum`) / grown(`${histogram}_count`);
}
