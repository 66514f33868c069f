import type { Requests } from '../generator/plan.js';
import type { Counters } from '../measure/counters.js';
import type { Processes } from '../measure/processes.js';

/** The systems that can be measured, by their names on the command line and in the report. */
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

/** A system that answers purchases. It is running when it is created. */
export interface MeasuredSystem {
  readonly name: SystemName;
  /** Where its HTTP is, on 127.0.0.1. */
  readonly port: number;
  /** Its processes, without the load generator. */
  processes(): Processes;
  counters(): Promise<Counters>;
  /** Opens that many new sales with more than enough stock, and returns how to make purchases in them. */
  open(items: number): Promise<Requests>;
}
