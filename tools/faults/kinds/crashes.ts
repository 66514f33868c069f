import type { AppName } from '@tools/testbed';
import { BROKER_SETTLES_MS, oneOf, processOf, seconds, type Kind } from './kind.js';

/** Longer than the lease in the registry (6 s), so that the others take it for dead meanwhile. */
const FROZEN_MS = 8_000;

function kill(app: AppName): Kind {
  return {
    name: `kill-${app}`,
    words: `kill -9 of a ${app}, started again a little later`,
    draw(random) {
      const instance = oneOf(random, app);
      const downMs = random.whole(300, 8_000);
      return {
        words: `${instance} killed, down for ${seconds(downMs)}`,
        victim: instance,
        async inflict(world) {
          const app = processOf(world, instance);
          const at = performance.now();
          await app.kill();
          await world.sleep(downMs);
          await app.start();
          world.killed({ instance, at, until: performance.now() });
        },
      };
    },
  };
}

function freeze(app: AppName): Kind {
  return {
    name: `freeze-${app}`,
    words: `SIGSTOP of a ${app} for longer than its lease, then SIGCONT: the zombie`,
    draw(random) {
      const instance = oneOf(random, app);
      const ms = FROZEN_MS + random.whole(0, 2_000);
      return {
        words: `${instance} hangs for ${seconds(ms)}`,
        victim: instance,
        async inflict(world) {
          const app = processOf(world, instance);
          app.pause();
          await world.sleep(ms);
          app.resume();
        },
      };
    },
  };
}

const apps = ['gateway', 'seckill-service', 'inventory'] as const;

export const kills: readonly Kind[] = apps.map(kill);
export const freezes: readonly Kind[] = apps.map(freeze);

export const killPostgres: Kind = {
  name: 'kill-postgres',
  words: 'kill -9 of Postgres, ledger and registry in one, started again a little later',
  settleWithinMs: BROKER_SETTLES_MS,
  draw(random) {
    const downMs = random.whole(200, 6_000);
    return {
      words: `Postgres killed, down for ${seconds(downMs)}`,
      victim: 'postgres',
      async inflict({ system, sleep }) {
        await system.postgres.kill();
        await sleep(downMs);
        await system.restartPostgres();
      },
    };
  },
};

export const killBroker: Kind = {
  name: 'kill-broker',
  words: 'kill -9 of the broker, started again a little later',
  settleWithinMs: BROKER_SETTLES_MS,
  draw(random) {
    const downMs = random.whole(200, 6_000);
    return {
      words: `the broker killed, down for ${seconds(downMs)}`,
      victim: 'broker',
      async inflict({ system, sleep }) {
        await system.killBroker();
        await sleep(downMs);
        await system.restartBroker();
      },
    };
  },
};

export const killNameServer: Kind = {
  name: 'kill-name-server',
  words: 'kill -9 of the name server, started again a little later',
  broker: 'real',
  settleWithinMs: BROKER_SETTLES_MS,
  draw(random) {
    const downMs = random.whole(2_000, 8_000);
    return {
      words: `the name server killed, down for ${seconds(downMs)}`,
      victim: 'broker',
      async inflict({ system, sleep }) {
        await system.rocketmq.killNameServer();
        await sleep(downMs);
        await system.rocketmq.start();
      },
    };
  },
};

export const rollingRestart: Kind = {
  name: 'rolling-restart',
  words: 'every app stopped in order and started again, one instance after the other',
  draw: () => ({
    words: 'all apps restarted, one after the other',
    alone: true,
    async inflict({ system, note }) {
      for (const app of ['inventory', 'seckill-service', 'gateway'] as const) {
        for (const instance of system.instances(app)) {
          const how = await instance.stop();
          note(`${instance.name} ${how}`);
          await instance.start();
        }
      }
    },
  }),
};
