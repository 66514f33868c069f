import { v7 } from 'uuid';

/** `draining`: finishing what it has, still addressable, to be given nothing new. */
export type InstanceState = 'ready' | 'draining';

/** One start of one process, and where to reach it. */
export interface Instance {
  /** New for every start (`newInstanceId`), so that an address book entry can never mean an earlier start. */
  readonly id: string;
  /** What it does: instances of one role are listed together. */
  readonly role: string;
  /** `host:port`, reachable by the others. */
  readonly address: string;
  readonly state: InstanceState;
  /** When the process started, ms since the epoch. */
  readonly startedAt: number;
}

/** Longest id in characters; longer ones are unknown without asking anybody. */
export const MAX_ID_LENGTH = 200;

/** An id for one start of a process: the role and a UUIDv7, whose order is that of the starts. */
export function newInstanceId(role: string): string {
  return `${role}-${v7()}`;
}

/**
 * Refuses what could not be found or reached later.
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

/** Whether two entries tell others the same. */
export function sameInstance(a: Instance, b: Instance): boolean {
  return (
    a.id === b.id &&
    a.role === b.role &&
    a.address === b.address &&
    a.state === b.state &&
    a.startedAt === b.startedAt
  );
}
