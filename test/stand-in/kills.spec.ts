import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { freePorts, StandInProcess } from '@seckill/embedded';
import { KillLoad } from './kill-load.js';

/** How often it is killed; CI asks for 200. */
const kills = Number(process.env['STAND_IN_KILLS'] ?? (process.env['FULL_TESTS'] ? 200 : 10));
/** Decides when each kill comes. */
const seed = Number(process.env['STAND_IN_SEED'] ?? Date.now() % 1_000_000);

const topology = {
  topics: [{ name: 't', type: 'NORMAL', queues: 4 }],
  groups: [
    { name: 'a', maxRetries: 1_000_000 },
    { name: 'b', maxRetries: 1_000_000 },
  ],
};

describe('the stand-in under load', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'stand-in-kills-'));
  let current: StandInProcess | undefined;
  let load: KillLoad | undefined;
  afterAll(async () => {
    await load?.close();
    await current?.kill();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it(
    `loses nothing that it confirmed in ${kills} kills (STAND_IN_SEED=${seed})`,
    async () => {
      const topologyFile = join(dataDir, 'topology.json');
      writeFileSync(topologyFile, JSON.stringify(topology));
      const port = await freePorts(1);
      const start = () => StandInProcess.start({ dataDir, port, topologyFile, retainMs: 2_000 });
      let random = seed;
      const pauseMs = () => {
        // A linear congruential generator (Numerical Recipes) is random enough for moments.
        random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
        return 50 + (random / 2 ** 32) * 350;
      };

      current = await start();
      load = new KillLoad(
        current.endpoints,
        topology.groups.map(({ name }) => name),
        't',
      );
      load.start();
      const startTimes: number[] = [];
      for (let kill = 0; kill < kills; kill++) {
        await load.progress();
        await new Promise((resolve) => setTimeout(resolve, pauseMs()));
        await current.kill();
        const began = performance.now();
        current = await start();
        startTimes.push(performance.now() - began);
      }
      const queuesOf = async () => {
        const { topics } = await current!.admin.overview();
        return topics.find(({ topic }) => topic === 't')!.queues;
      };
      await load.finish(async () =>
        (await queuesOf()).every(({ groups }) => groups.every(({ lag }) => lag === 0)),
      );

      const { confirmed, groups } = load.verdict();
      expect(confirmed).toBeGreaterThan(kills);
      for (const { name, lost, cameBack, unheardOf } of groups)
        expect({ name, lost, cameBack, unheardOf }).toEqual({ name, lost: [], cameBack: [], unheardOf: [] });
      const queues = await queuesOf();
      const stored = queues.reduce((sum, { end }) => sum + end, 0);
      // Every offset is a message that was confirmed, or one whose answer the kill cut off.
      expect(stored).toBeGreaterThanOrEqual(confirmed);
      expect(stored).toBeLessThanOrEqual(load.attempted);
      const offsets = queues.flatMap(({ groups }) => groups).reduce((sum, { offset }) => sum + offset, 0);
      expect(offsets).toBe(stored * topology.groups.length);
      startTimes.sort((a, b) => a - b);
      console.log(
        `${kills} kills: ${confirmed} messages confirmed, ${load.attempted - confirmed} sent without an answer, ` +
          `start p50 ${startTimes[startTimes.length >> 1]!.toFixed(0)} ms, slowest ${startTimes.at(-1)!.toFixed(0)} ms`,
      );
    },
    60_000 + kills * 4_000,
  );
});
