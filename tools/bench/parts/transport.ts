import { System } from '@tools/testbed';
import { milliseconds, whole } from '@tools/command-line';
import { startBenchApp } from '../baselines/edge-app.js';
import { Forked, RoundFailedError } from '../forked/forked.js';
import { cpuPerRequest, readProcesses, type ProcessReading } from '../measure/processes.js';
import type { AskerOrder, AskerSeen } from '../transport/order.js';
import { transportTopology } from '../transport/topology.js';
import type { PartContext } from './part.js';

/** Rounds with so many requests in flight. CPU in ms per request by process. */
export interface TransportCell {
  readonly inFlight: number;
  readonly rounds: (TransportRound | null)[];
}

interface TransportRound {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
  readonly envelopeSize: number;
  readonly cpuMs: Readonly<Record<string, number>>;
}

/** What the transport alone has measured. */
export interface TransportData {
  readonly cells: readonly TransportCell[];
}

const IN_FLIGHT = [1, 64, 256, 1_024];
const RAMP_MS = 1_000;
const SPARE_MS = 60_000;

/** The transport without HTTP, tokens, selling and Postgres: an echo handler asked by one process. */
export async function transportPart(context: PartContext): Promise<void> {
  const { options, say } = context;
  say('starting RocketMQ');
  const system = await startTransportSystem(options.rocketmq);
  const env = transportEnv(system);
  const asker = new Forked<AskerOrder>('transport/asker.js', [], env);
  const worker = await startBenchApp('transport/worker.js', 'transport-worker', env);
  try {
    await asker.start();
    const pids = () => ({ client: asker.pid, server: worker.pid, rocketmq: system.brokerPid });
    say('warming up');
    await asker.round({ kind: 'load', inFlight: 256, rampMs: 2_000, measureMs: 1_000 }, SPARE_MS);
    const cells = IN_FLIGHT.map((inFlight): TransportCell => ({ inFlight, rounds: [] }));
    for (let round = 1; round <= options.rounds; round++) {
      for (const { inFlight, rounds } of cells) {
        context.check();
        const measured = await measure(asker, pids, inFlight, options.seconds * 1_000);
        rounds.push(typeof measured === 'string' ? null : measured);
        say(
          typeof measured === 'string'
            ? `${round}/${options.rounds}  ${inFlight} in flight: failed: ${measured}`
            : `${round}/${options.rounds}  ${whole(inFlight)} in flight: ${whole(measured.perSecond)}/s  p50 ${milliseconds(measured.p50)} ms  ${(measured.cpuMs['client'] ?? 0).toFixed(3)} + ${(measured.cpuMs['server'] ?? 0).toFixed(3)} ms CPU of client and server`,
        );
        context.save({ cells } satisfies TransportData);
      }
    }
  } finally {
    asker.close();
    await worker.stop();
    await system.stop();
  }
}

/** RocketMQ with the topics of this benchmark, and a registry; none of the apps. */
export function startTransportSystem(rocketmq: 'real' | 'stand-in'): Promise<System> {
  const instances = { gateway: 0, 'seckill-service': 0, inventory: 0 };
  return System.start({ rocketmq, instances, topology: transportTopology });
}

/** Environment of the processes of this benchmark. */
export const transportEnv = (system: System): Record<string, string> => ({
  ROCKETMQ_ENDPOINTS: system.endpoints,
  REGISTRY_URL: system.postgres.url('registry'),
});

async function measure(
  asker: Forked<AskerOrder>,
  pids: () => Readonly<Record<string, number | undefined>>,
  inFlight: number,
  measureMs: number,
): Promise<TransportRound | string> {
  let before: ProcessReading | undefined;
  let after: ProcessReading | undefined;
  try {
    const seen = await asker.round<AskerSeen>(
      { kind: 'load', inFlight, rampMs: RAMP_MS, measureMs },
      RAMP_MS + measureMs + SPARE_MS,
      {
        measuring: () => void (before = readProcesses(pids())),
        measured: () => void (after = readProcesses(pids())),
      },
    );
    const { requests, elapsedMs, p50, p99, failed, envelopes } = seen;
    const cpuMs = cpuPerRequest(before!, after!, requests);
    return {
      perSecond: (requests / elapsedMs) * 1_000,
      p50,
      p99,
      failed,
      envelopeSize: requests / envelopes,
      cpuMs,
    };
  } catch (error) {
    if (error instanceof RoundFailedError) return error.message;
    throw error;
  }
}
