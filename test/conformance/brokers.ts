import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalRocketMq, startEmbeddedRocketMQ, type Topology } from '@seckill/embedded';

/** Where the stand-in and the real one differ on purpose: the table in libs/embedded/README.md, asserted on both sides. */
export interface Differences {
  /** What `startup()` does for a group that does not exist. */
  readonly unknownGroup: 'hangs' | 'is refused';
  /** What becomes of an ack with a handle that a renewal has replaced. Neither settles the message. */
  readonly ackWithReplacedHandle: 'is confirmed' | 'is refused';
  /** The status of an ack with a text that never was a handle. */
  readonly garbageHandle: number;
  /** How late a message may come again, or a delayed one come, ms. */
  readonly lateMs: number;
  /** The delivery attempt that a dead letter shows first, when its group has two retries. */
  readonly deadLetterAttempt: number;
  /** Whether transactions are served. */
  readonly transactions: boolean;
}

/** A RocketMQ that the suite runs against. */
export interface ConformanceBroker {
  readonly endpoints: string;
  readonly differences: Differences;
  createTopology(wanted: Topology): Promise<void>;
  stop(): Promise<void>;
}

/** The brokers by name, each with how to come by it. */
export const brokers: Readonly<Record<string, () => Promise<ConformanceBroker>>> = {
  'the stand-in': startStandIn,
  'RocketMQ 5.5': findRealOne,
};

async function startStandIn(): Promise<ConformanceBroker> {
  const dataDir = mkdtempSync(join(tmpdir(), 'conformance-'));
  const rocketMq = await startEmbeddedRocketMQ({ dataDir, topics: [], groups: [] });
  return {
    endpoints: rocketMq.endpoints,
    createTopology: (wanted) => rocketMq.createTopology(wanted),
    stop: async () => {
      await rocketMq.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
    differences: {
      unknownGroup: 'is refused',
      ackWithReplacedHandle: 'is refused',
      garbageHandle: 40_013,
      // A busy machine, not the stand-in: its own precision is asserted in precision.spec.ts.
      lateMs: 3_000,
      deadLetterAttempt: 1,
      transactions: false,
    },
  };
}

/** The one that all system tests share. */
async function findRealOne(): Promise<ConformanceBroker> {
  const endpoints = process.env['ROCKETMQ_ENDPOINTS'];
  if (!endpoints) throw new Error('ROCKETMQ_ENDPOINTS names no RocketMQ.');
  const ports = Number(endpoints.split(':').at(-1));
  const rocketMq = new LocalRocketMq({ dataDir: join(tmpdir(), 'conformance-real'), ports });
  return {
    endpoints,
    createTopology: (wanted) => rocketMq.createTopology(wanted),
    stop: async () => undefined,
    differences: {
      unknownGroup: 'hangs',
      ackWithReplacedHandle: 'is confirmed',
      garbageHandle: 50_001,
      lateMs: 15_000,
      deadLetterAttempt: 5,
      transactions: true,
    },
  };
}
