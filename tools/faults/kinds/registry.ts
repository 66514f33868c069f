import pg from 'pg';
import { processOf, seconds, type Kind, type World } from './kind.js';

/** How often a wrong is done to the table: more often than the heartbeats (2 s) mend it. */
const EVERY_MS = 300;

const TELL = `SELECT pg_notify('seckill_registry', '')`;

/** Does something to the table of the registry again and again, for `ms`; not while the database is away. */
async function again({ system, sleep }: World, ms: number, statement: string): Promise<void> {
  const pool = new pg.Pool({
    connectionString: system.postgres.url('registry'),
    max: 1,
    query_timeout: 2_000,
  });
  pool.on('error', () => {});
  for (const end = performance.now() + ms; performance.now() < end; await sleep(EVERY_MS)) {
    await pool.query(statement).then(
      () => pool.query(TELL),
      () => undefined,
    );
  }
  await pool.end();
}

export const registryFaults: readonly Kind[] = [
  {
    name: 'registry-empty',
    words: 'the registry is empty',
    draw(random) {
      const ms = random.whole(1_000, 8_000);
      return {
        words: `empty for ${seconds(ms)}`,
        needs: { registry: 'postgres' },
        inflict: (world) => again(world, ms, 'DELETE FROM registry.instances'),
      };
    },
  },
  {
    name: 'registry-stale',
    words: 'a gateway and an inventory die, and the registry still lists them',
    draw(random) {
      const [gateway, inventory] = [`gateway-${random.whole(1, 2)}`, `inventory-${random.whole(1, 2)}`];
      const ms = random.whole(7_000, 10_000);
      return {
        words: `${gateway} and ${inventory} are dead for ${seconds(ms)} and still listed`,
        alone: true,
        async inflict(world) {
          const at = performance.now();
          const dead = [gateway, inventory].map((name) => processOf(world, name));
          const stale = again(
            world,
            ms,
            `UPDATE registry.instances SET expires_at = clock_timestamp() + interval '1 hour'
             WHERE state <> 'released' AND expires_at > clock_timestamp() - interval '20 seconds'`,
          );
          await Promise.all(dead.map((app) => app.kill()));
          await stale;
          await Promise.all(dead.map((app) => app.start()));
          for (const { name: instance } of dead) world.killed({ instance, at, until: performance.now() });
        },
      };
    },
  },
  {
    name: 'registry-wrong',
    words: 'the registry lists each instance with the address of another one',
    draw(random) {
      const ms = random.whole(3_000, 8_000);
      const role = random.pick(['gateway', 'inventory', 'both'] as const);
      const roles = role === 'both' ? `('gateway', 'inventory')` : `('${role}')`;
      return {
        words: `addresses of ${role === 'both' ? 'gateways and inventories' : `${role}s`} mixed up for ${seconds(ms)}`,
        needs: { registry: 'postgres' },
        inflict: (world) =>
          again(
            world,
            ms,
            `UPDATE registry.instances AS one SET address = other.address
             FROM registry.instances AS other
             WHERE one.role IN ${roles} AND other.role IN ${roles} AND one.id <> other.id
               AND other.expires_at > clock_timestamp()`,
          ),
      };
    },
  },
  {
    name: 'etcd-away',
    words: 'etcd, which keeps the registry, is killed, or hangs for longer than leases last',
    draw(random) {
      const isKilled = random.chance(0.5);
      const ms = isKilled ? random.whole(200, 8_000) : random.whole(7_000, 10_000);
      return {
        words: isKilled ? `etcd killed, down for ${seconds(ms)}` : `etcd stands still for ${seconds(ms)}`,
        victim: 'etcd',
        needs: { registry: 'etcd' },
        async inflict({ system: { etcd }, sleep }) {
          if (isKilled) await etcd.kill();
          else etcd.pause();
          await sleep(ms);
          if (isKilled) await etcd.start();
          else etcd.resume();
        },
      };
    },
  },
];
