import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, StandInProcess } from '@seckill/embedded';
import { KillLoad } from './kill-load.js';

const topology = {
  topics: [{ name: 't', type: 'NORMAL', queues: 4 }],
  groups: [
    { name: 'a', maxRetries: 1_000_000 },
    { name: 'b', maxRetries: 1_000_000 },
  ],
};

/** What became of a run of kills. */
export interface KillsResult {
  readonly kills: number;
  readonly seed: number;
  /** Messages whose send was answered. */
  readonly confirmed: number;
  /** Messages that were sent, answered or not. */
  readonly attempted: number;
  /** What is wrong, in words; nothing, if all holds. */
  readonly violations: readonly string[];
  /** How long each start took until clients could connect, ms, sorted. */
  readonly startMs: readonly number[];
}

/** How to run it. */
export interface KillsOptions {
  readonly kills: number;
  /** Decides when each kill comes. */
  readonly seed: number;
  /** Is told after each kill. */
  readonly progress?: (kill: number) => void;
}

/**
 * Kills the stand-in (SIGKILL) again and again while producers and two groups of consumers use it, and compares in the end
 * what was confirmed with what each group got: nothing that was confirmed is lost, nothing that was acked comes again.
 */
export async function runKills({ kills, seed, progress }: KillsOptions): Promise<KillsResult> {
  const dataDir = mkdtempSync(join(tmpdir(), 'stand-in-kills-'));
  let current: StandInProcess | undefined;
  let load: KillLoad | undefined;
  try {
    const topologyFile = join(dataDir, 'topology.json');
    writeFileSync(topologyFile, JSON.stringify(topology));
    const port = await freePorts();
    const start = () => StandInProcess.start({ dataDir, port, topologyFile, retainMs: 2_000 });
    const pauseMs = pauses(seed);
    current = await start();
    load = new KillLoad(
      current.endpoints,
      topology.groups.map(({ name }) => name),
      't',
    );
    load.start();
    const startMs: number[] = [];
    for (let kill = 1; kill <= kills; kill++) {
      await load.progress();
      await sleep(pauseMs());
      await current.kill();
      const began = performance.now();
      current = await start();
      startMs.push(performance.now() - began);
      progress?.(kill);
    }
    const { admin } = current;
    const queuesOf = async () => {
      const { topics } = await admin.overview();
      return topics.find(({ topic }) => topic === 't')!.queues;
    };
    await load.finish(async () =>
      (await queuesOf()).every(({ groups }) => groups.every(({ lag }) => lag === 0)),
    );
    const { confirmed, groups } = load.verdict();
    const { attempted } = load;
    const queues = await queuesOf();
    const stored = queues.reduce((sum, { end }) => sum + end, 0);
    const offsets = queues.flatMap((queue) => queue.groups).reduce((sum, { offset }) => sum + offset, 0);
    const violations = [
      ...groups.flatMap(({ name, lost, cameBack, unheardOf }) => [
        ...lost.map((body) => `group ${name} never got ${body}, which was confirmed`),
        ...cameBack.map((body) => `group ${name} got ${body} again after its ack was confirmed`),
        ...unheardOf.map((body) => `group ${name} got ${body}, which was never sent`),
      ]),
      ...(confirmed > kills ? [] : [`only ${confirmed} messages were confirmed in ${kills} kills`]),
      // Every offset is a message that was confirmed, or one whose answer the kill cut off.
      ...(stored >= confirmed && stored <= attempted
        ? []
        : [`${stored} messages are stored, ${confirmed} were confirmed and ${attempted} sent`]),
      ...(offsets === stored * groups.length
        ? []
        : [`the groups are at ${offsets} in all, of ${stored} each`]),
    ];
    return { kills, seed, confirmed, attempted, violations, startMs: startMs.toSorted((a, b) => a - b) };
  } finally {
    await load?.close();
    await current?.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** ms until the next kill: a linear congruential generator (Numerical Recipes) is random enough for moments. */
function pauses(seed: number): () => number {
  let random = seed;
  return () => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return 50 + (random / 2 ** 32) * 350;
  };
}
