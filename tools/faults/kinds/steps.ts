import { fileURLToPath } from 'node:url';
import { waitFor, type AppName } from '@tools/testbed';
import { oneOf, processOf, seconds, type Kind } from './kind.js';

const preload = fileURLToPath(new URL('../preload/life-points.js', import.meta.url));

/** Longer than the lease. */
const STOPPED_MS = 8_000;

/** A point of a request's life, and which app passes it. */
const points = [
  ['before-send', 'gateway', 'a gateway has gathered an envelope and not sent it'],
  ['after-send', 'gateway', 'the broker has stored an envelope and its gateway knows'],
  ['before-decide', 'seckill-service', 'a service has received a request and not asked inventory'],
  ['in-transaction', 'inventory', 'a decision is written and not committed'],
  ['after-commit', 'inventory', 'a decision is committed and not answered yet'],
  ['before-answer', 'seckill-service', 'a service has the outcome and has not sent it to the gateway'],
  ['before-ack', 'seckill-service', 'the gateway has the outcome and the envelope is not acked'],
  ['after-ack', 'seckill-service', 'the envelope is acked'],
  ['on-reply', 'gateway', 'a gateway has the outcome and has not answered the buyer'],
] as const satisfies readonly (readonly [string, AppName, string])[];

export type LifePoint = (typeof points)[number][0];

/** Kills or stops a process at the very point, not by luck. */
export const steps: readonly Kind[] = points.map(([point, app, words]) => ({
  name: `at-${point}`,
  words: `${words}: killed there, or paused there`,
  draw(random) {
    const instance = oneOf(random, app);
    const act = random.chance(0.7) ? 'kill' : 'stop';
    const time = random.whole(1, 12);
    const downMs = random.whole(200, 4_000);
    return {
      words: `${instance} ${act === 'kill' ? 'killed' : `stopped for ${seconds(STOPPED_MS)}`} at ${point}, time ${time}`,
      victim: instance,
      needs: {
        only: {
          [instance]: {
            preloads: [preload],
            env: { LIFE_POINT: point, LIFE_POINT_ACT: act, LIFE_POINT_TIME: String(time) },
          },
        },
      },
      async inflict(world) {
        const app = processOf(world, instance);
        const { ended } = app;
        let hasEnded = false;
        void ended.then(() => (hasEnded = true));
        if (act === 'kill') world.mayEnd(instance);
        app.tell('SIGUSR2');
        await waitFor(
          `${point} in ${instance}`,
          () => (act === 'kill' ? hasEnded : app.log.includes(`--- at ${point}`)),
          { timeoutMs: 20_000, everyMs: 10 },
        );
        const at = performance.now();
        if (act === 'stop') {
          await world.sleep(STOPPED_MS);
          app.resume();
          return;
        }
        await world.sleep(downMs);
        await app.start();
        world.killed({ instance, at, until: performance.now() });
      },
    };
  },
}));
