import { v7 } from 'uuid';

/** `draining`: it finishes its work and can still be reached, but must get nothing new. */
export type InstanceState = 'ready' | 'draining';

/** One start of one process, and where to reach it. */
export interface Instance {
  /** New for every start (`newInstanceId`), so that an entry can never refer to an earlier start. */
  readonly id: string;
  /** Instances of one role are listed together. */
  readonly role: string;
  /** `host:port` at which other processes reach it. */
  readonly address: string;
  readonly state: InstanceState;
  /** When the process started, ms since the epoch. */
  readonly startedAt: number;
}

/** Longest id in characters; longer ones are unknown without asking the store. */
export const MAX_ID_LENGTH = 200;

/** An id for one start of a process: the role and a UUIDv7, so that ids sort by start time. */
export function newInstanceId(role: string): string {
  return `${role}-${v7()}`;
}

/**
 * Refuses an instance that could not be found or reached later.
 * @throws RangeError naming the field
 */
export function checkInstance(instance: Omit<Instance, 'state'>): void {
  const { id, role, address, startedAt } = instance;
  if (id.length === 0 || id.length > MAX_ID_LENGTH)
    throw new RangeError(
      `An instance id has 1 to ${MAX_ID_LENGTH} characters, not ${id.length}: use newInstanceId(role).`,
    );
  if (role.length === 0) throw new RangeError(`Instance ${id} has no role: say what others look it up as.`);
  if (!/^.+:\d{1,5}$/.test(address))
    throw new RangeError(`Instance ${id} cannot be reached at "${address}": pass host:port.`);
  if (!Number.isSafeInteger(startedAt))
    throw new RangeError(`Instance ${id} has startedAt ${startedAt}: pass whole ms since the epoch.`);
}

/** Whether two entries are equal. */
export function sameInstance(a: Instance, b: Instance): boolean {
  return (
    a.id === b.id &&
    a.role === b.role &&
    a.address === b.address &&
    a.state === b.state &&
    a.startedAt === b.startedAt
  );
}
