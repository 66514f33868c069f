import { z } from 'zod';

/** The calls that faults can meet. */
export const faultyCall = z.enum([
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
  /** How often it happens before it is over. */
  times: z.number().int().min(1).default(1),
  /** The chance that it happens when it could, from the seeded source. */
  chance: z.number().gt(0).max(1).default(1),
};
const calls = z.array(faultyCall).min(1);
const milliseconds = z.number().int().min(1).max(600_000);

/** One fault that was ordered. */
export const faultOrder = z.discriminatedUnion('kind', [
  /** Does what was asked, and never answers. */
  z.strictObject({ kind: z.literal('drop-answer'), calls, ...often }),
  /** Does nothing, and answers with a status of apache.rocketmq.v2. */
  z.strictObject({
    kind: z.literal('refuse'),
    calls,
    status: z.number().int().default(50_001),
    ...often,
  }),
  /** Waits before it does what was asked. */
  z.strictObject({ kind: z.literal('delay'), calls, ms: milliseconds, ...often }),
  /** Delivers a message and at once again, as when its invisible time had ended: the first handle is void. */
  z.strictObject({ kind: z.literal('duplicate-delivery'), ...often }),
  /** Resets every connection of clients, now. */
  z.strictObject({ kind: z.literal('cut-connections') }),
  /** Nothing is answered for a while, from now. */
  z.strictObject({ kind: z.literal('pause'), ms: milliseconds }),
  /** Ends as `kill -9` does, at the next flush that holds a message. */
  z.strictObject({ kind: z.literal('crash'), at: z.enum(['before-flush', 'after-flush']) }),
]);

/** @see faultOrder */
export type FaultOrder = z.infer<typeof faultOrder>;
/** A {@link FaultOrder} as it is written: what has a default may be left out. */
export type FaultOrderInput = z.input<typeof faultOrder>;
