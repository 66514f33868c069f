import { shiftedClock, type AppName } from '@tools/testbed';
import { oneOf, processOf, seconds, type Kind } from './kind.js';

const MINUTE_MS = 60_000;

function step(name: string, ms: number): Kind {
  return {
    name,
    words: `the clock of one process steps ${ms > 0 ? 'ahead' : 'back'} by a minute, and later returns`,
    draw(random) {
      const app = random.pick<AppName>(['gateway', 'seckill-service', 'inventory']);
      const instance = oneOf(random, app);
      const forMs = random.whole(4_000, 9_000);
      return {
        words: `the clock of ${instance} ${ms > 0 ? 'ahead' : 'behind'} by a minute for ${seconds(forMs)}`,
        victim: instance,
        needs: { only: { [instance]: shiftedClock(ms) } },
        async inflict(world) {
          const app = processOf(world, instance);
          app.tell('SIGHUP');
          await world.sleep(forMs);
          app.tell('SIGHUP');
        },
      };
    },
  };
}

export const clocks: readonly Kind[] = [step('clock-ahead', MINUTE_MS), step('clock-behind', -MINUTE_MS)];
