import type { AppName, Hop, InstanceOptions, System } from '@tools/testbed';
import type { Random } from '../random.js';

/** What a fault did to one process, to judge how long requests stalled. Times are of `performance.now()`. */
export interface FaultRecord {
  /** Name of the instance, such as `gateway-2`. */
  readonly instance: string;
  readonly at: number;
  /** When it was back and ready. */
  readonly until: number;
}

/** What a fault is inflicted on. */
export interface World {
  readonly system: System;
  /** Resolves at once when the driver is stopped. */
  readonly sleep: (ms: number) => Promise<void>;
  /** An instance was killed, and has been started again. */
  readonly killed: (record: FaultRecord) => void;
  /** An instance is going to end itself, as ordered. */
  readonly mayEnd: (instance: string) => void;
  /** Adds a line to the log of the case. */
  readonly note: (line: string) => void;
}

/** What must be set up before the system starts, for a fault to be possible. */
export interface Needs {
  readonly proxies?: readonly Hop[];
  readonly only?: Readonly<Record<string, InstanceOptions>>;
  /** What must keep the registry. @default either; Postgres does, unless the other fault of the case wants etcd */
  readonly registry?: 'postgres' | 'etcd';
}

/** One fault, with everything drawn that it leaves to chance. */
export interface Fault {
  /** What is done, in words. */
  readonly words: string;
  readonly needs?: Needs;
  /** The process that it is about: an instance, `broker` or `postgres`; two faults at once need two. */
  readonly victim?: string;
  /** Nothing else can be inflicted beside it. */
  readonly alone?: boolean;
  /**
   * Does it, and resolves when it is over and everything that it ended has been started again.
   * @throws Error when it could not be inflicted
   */
  inflict(world: World): Promise<void>;
}

/** One kind of fault. */
export interface Kind {
  readonly name: string;
  /** What it is, in words. */
  readonly words: string;
  /** The broker that it can be inflicted on. @default both */
  readonly broker?: 'stand-in' | 'real';
  /** ms after its end within which everything pending must be settled. @default 30_000 */
  readonly settleWithinMs?: number;
  draw(random: Random): Fault;
}

/** ms within which everything must be settled after an app's fault has ended, and after a broker's or a database's. */
export const APP_SETTLES_MS = 30_000;
export const BROKER_SETTLES_MS = 90_000;

/** One of the instances of an app: there are two of each. */
export function oneOf(random: Random, app: AppName): string {
  return `${app}-${random.whole(1, 2)}`;
}

/** The process of an instance. */
export function processOf({ system }: Pick<World, 'system'>, instance: string) {
  const found = system.processes.find(({ name }) => name === instance);
  if (!found) throw new Error(`there is no ${instance}`);
  return found;
}

/** Seconds, for words. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
