import type { Requests } from '../generator/plan.js';
import type { Counters } from '../measure/counters.js';
import type { Processes } from '../measure/processes.js';

/** Everybody who can be measured, by what the command line and the report call them. */
export const systemNames = ['ours', 'echo', 'raw', 'single', 'kafka', 'bullmq'] as const;

/** @see systemNames */
export type SystemName = (typeof systemNames)[number];

/** What each is, in words. */
export const systemTitles: Readonly<Record<SystemName, string>> = {
  ours: 'this system',
  echo: 'our gateway answering from memory',
  raw: 'raw pipeline by hand, no framework',
  single: 'this system, one request per message',
  kafka: 'Nest’s Kafka transport, row locks',
  bullmq: 'BullMQ, row locks',
};

/** Somebody who answers purchases. It runs when it is made. */
export interface MeasuredSystem {
  readonly name: SystemName;
  /** Where its HTTP is, on 127.0.0.1. */
  readonly port: number;
  /** Its processes, without the load generator. */
  processes(): Processes;
  counters(): Promise<Counters>;
  /** Opens as many fresh sales with stock for everybody, and says how purchases in them look. */
  open(items: number): Promise<Requests>;
}
