import { uniqueSaleId } from '@tools/load';
import { System, TEST_JWT_SECRET } from '@tools/testbed';
import type { RoundEnds } from '../bench/forked/forked.js';
import { Generator } from '../bench/generator/generator.js';
import type { Load, Seen } from '../bench/generator/plan.js';
import { MemoryWatch } from './memory-watch.js';
import { Probe } from './probe.js';
import type { Target } from './result.js';

/** How hard it is pressed. */
export interface OverloadOptions {
  readonly broker: 'stand-in' | 'real';
  /** Of the overload, s. */
  readonly seconds: number;
  readonly progress: (what: string) => void;
  readonly signal: AbortSignal;
}

/** With more of them the rate of the closed loop grows no further. */
const CONNECTIONS = 1_024;
/** Buyers that the gateway holds: as many as saturate it, so that the limit is met. */
const MAX_WAITING = CONNECTIONS;
const RAMP_MS = 5_000;
const SATURATION_MS = 15_000;
const DRAIN_MS = 30_000;
const RECOVERY_MS = 5_000;
const MEMORY_MB = 512;

/** Finds how much the system bears, then asks for half as much again over ten times the connections. */
export async function overload({ broker, seconds, progress, signal }: OverloadOptions): Promise<Target[]> {
  progress('starting');
  const generator = new Generator();
  signal.addEventListener('abort', () => generator.close(), { once: true });
  const system = await System.start({
    rocketmq: broker,
    env: { gateway: { MAX_WAITING: String(MAX_WAITING) } },
  });
  let memory: MemoryWatch | undefined;
  let probe: Probe | undefined;
  try {
    const [gateway = ''] = system.gateways;
    const port = Number(new URL(gateway).port);
    /** In a sale of its own, since the buyers are the same ones each time. */
    const ask = async (load: Load, measureMs: number, ends?: RoundEnds): Promise<Seen> => {
      const paths = [pathOf(await sale())];
      const requests = { kind: 'purchase' as const, paths, secret: TEST_JWT_SECRET };
      return generator.round({ port, requests, load, rampMs: RAMP_MS, measureMs, drainMs: DRAIN_MS }, ends);
    };
    const sale = async (): Promise<string> => {
      const saleId = uniqueSaleId('overload');
      await system.putSale(saleId, { total: 2_000_000_000 });
      return saleId;
    };

    progress('measuring the saturation rate');
    const bearable = reserved(await ask({ kind: 'closed', connections: CONNECTIONS }, SATURATION_MS));
    const perSecond = Math.round(bearable * 1.5);
    progress(`${Math.round(bearable)} requests/s; now ${perSecond} for ${seconds} s`);
    memory = new MemoryWatch(system);
    const probed = await sale();
    probe = new Probe(`${gateway}${pathOf(probed)}`);
    let endedAt = 0;
    const seen = await ask({ kind: 'open', connections: 10 * CONNECTIONS, perSecond }, seconds * 1_000, {
      measured: () => void (endedAt = performance.now()),
    });
    progress('recovering');
    const recoveredMs = await probe.recovered(endedAt, 2 * RECOVERY_MS);
    await probe.stop();
    const { outcomes } = await system.ledger([probed]);
    const ownMb = Object.entries(memory.stop()).flatMap(([name, mb]) => (/-\d$/.test(name) ? [mb] : []));
    const contradicted = probe.contradicted(outcomes);
    return judged({ seen, bearable, probe, contradicted, recoveredMs, ownMb });
  } finally {
    progress('stopping');
    // Also when a round failed or was cut off: what looks on would keep the driver from ending.
    memory?.stop();
    generator.close();
    await system.stop();
    await probe?.stop();
  }
}

/** Where purchases of a sale are posted. */
const pathOf = (saleId: string): string => `/v1/sales/${saleId}/purchases`;

/** Units a second. */
function reserved({ statuses, elapsedMs }: Seen): number {
  return (statuses['201'] ?? 0) / (elapsedMs / 1_000);
}

interface Measured {
  readonly seen: Seen;
  readonly bearable: number;
  readonly probe: Probe;
  readonly contradicted: readonly string[];
  readonly recoveredMs: number;
  /** MB by app. */
  readonly ownMb: readonly number[];
}

function judged({ seen, bearable, probe, contradicted, recoveredMs, ownMb }: Measured): Target[] {
  const mostMb = Math.max(0, ...ownMb);
  const goodput = reserved(seen);
  const defects = Object.keys(seen.statuses).filter((status) => !['201', '202', '503'].includes(status));
  const counts = Object.entries({ ...seen.statuses, lost: seen.lost, unanswered: seen.unanswered });
  const words = (entries: [string, number][]) => entries.map(([name, n]) => `${name}: ${n}`).join(', ');
  return [
    {
      name: 'every buyer is answered',
      met: defects.length === 0 && seen.lost === 0 && seen.unanswered === 0,
      measured: `${words(counts)}; half of them within ${Math.round(seen.latency.p50)} ms, 99 % within ${Math.round(seen.latency.p99)} ms`,
      hard: true,
    },
    {
      name: 'a refused one with Retry-After',
      met: probe.wronged === 0 && (probe.answers['503'] ?? 0) > 0,
      measured: `of some that were looked at whole ${words(Object.entries(probe.answers))}`,
      hard: true,
    },
    {
      name: 'every answer is true',
      met: contradicted.length === 0,
      measured: contradicted.length === 0 ? 'by the ledger' : contradicted.slice(0, 5).join('; '),
      hard: true,
    },
    {
      name: 'goodput',
      met: goodput >= 0.6 * bearable,
      measured: `${Math.round(goodput)} of ${Math.round(bearable)} requests/s, 0.6 of it wanted`,
      hard: false,
    },
    {
      name: 'memory',
      met: ownMb.length > 0 && mostMb <= MEMORY_MB,
      measured: `${mostMb} MB of ${MEMORY_MB}`,
      hard: false,
    },
    {
      name: 'recovered',
      met: recoveredMs <= RECOVERY_MS,
      measured:
        recoveredMs === Infinity
          ? 'not in time'
          : `${(recoveredMs / 1_000).toFixed(1)} s of ${RECOVERY_MS / 1_000} s`,
      hard: false,
    },
  ];
}
