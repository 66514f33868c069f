import { z } from 'zod';

/** The calls for which faults can be injected. */
const faultyCall = z.enum([
  'send',
  'receive',
  'ack',
  'change-invisible',
  'forward-to-dead-letters',
  'route',
  'assignment',
  'heartbeat',
]);

/** @see faultyCall */
export type FaultyCall = z.infer<typeof faultyCall>;

const often = {
  /** How often it happens. */
  times: z.number().int().min(1).default(1),
  /** Its probability for each matching call, from the seeded random source. */
  chance: z.number().gt(0).max(1).default(1),
};
const calls = z.array(faultyCall).min(1);
const milliseconds = z.number().int().min(1).max(600_000);

/** One fault to be injected. */
export const faultOrder = z.discriminatedUnion('kind', [
  /** Executes the call, but never answers. */
  z.strictObject({ kind: z.literal('drop-answer'), calls, ...often }),
  /** Does not execute the call, and answers with a status of apache.rocketmq.v2. */
  z.strictObject({
    kind: z.literal('refuse'),
    calls,
    status: z.number().int().default(50_001),
    ...often,
  }),
  /** Waits before it executes the call. */
  z.strictObject({ kind: z.literal('delay'), calls, ms: milliseconds, ...often }),
  /** Delivers a message and redelivers it at once, as if its invisible time had ended: the first handle is invalid. */
  z.strictObject({ kind: z.literal('duplicate-delivery'), ...often }),
  /** Resets all client connections, now. */
  z.strictObject({ kind: z.literal('cut-connections') }),
  /** Answers no call for a while, from now on. */
  z.strictObject({ kind: z.literal('pause'), ms: milliseconds }),
  /** Crashes as with `kill -9`, at the next flush with a message. */
  z.strictObject({ kind: z.literal('crash'), at: z.enum(['before-flush', 'after-flush']) }),
]);

/** @see faultOrder */
export type FaultOrder = z.infer<typeof faultOrder>;
/** A {@link FaultOrder} in which fields with a default are optional. */
export type FaultOrderInput = z.input<typeof faultOrder>;
