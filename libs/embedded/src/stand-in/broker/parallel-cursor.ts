import type { Cursor, CursorContext, Taken, Wanted } from './cursor.js';
import { DueHeap } from './due-heap.js';
import type { Journal } from './journal.js';
import { OffsetRanges } from './offset-ranges.js';
import type { QueueLog } from './queue-log.js';
import type { GroupQueue, Lease, SavedProgress } from './store.js';

/**
 * The cursor of an ordinary group: many messages of a queue are in flight at once, and are settled in any order. A
 * message that is not settled within its invisible time is redelivered, before new messages.
 */
export class ParallelCursor implements Cursor {
  readonly #of: GroupQueue;
  readonly #log: QueueLog;
  readonly #journal: Journal;
  readonly #context: CursorContext;
  readonly #settled = new OffsetRanges();
  readonly #leases = new Map<number, Lease>();
  readonly #due = new DueHeap<{ offset: number; leaseId: string }>();
  #committed: number;
  #next: number;

  constructor(
    of: GroupQueue,
    log: QueueLog,
    journal: Journal,
    context: CursorContext,
    saved: SavedProgress | undefined,
  ) {
    this.#of = of;
    this.#log = log;
    this.#journal = journal;
    this.#context = context;
    this.#committed = Math.max(saved?.committed ?? 0, log.first);
    this.#next = this.#committed;
    for (const offset of saved?.settled ?? []) if (offset >= this.#committed) this.#settled.add(offset);
    for (const [offset, lease] of saved?.leases ?? [])
      if (offset >= this.#committed) this.#hold(offset, lease);
    // Records the group: a new group starts with the messages that are stored at this moment.
    if (!saved) journal.add({ kind: 'commit', of, from: this.#committed, to: this.#committed });
  }

  get committed(): number {
    return this.#committed;
  }

  get inFlight(): number {
    return this.#leases.size;
  }

  get lag(): number {
    return this.#log.end - this.#committed - this.#settled.size;
  }

  take(wanted: Wanted): Taken[] {
    const taken: Taken[] = [];
    while (taken.length < wanted.maxMessages) {
      const next = this.#nextExpired(wanted.now) ?? this.#nextNew();
      if (!next) break;
      if (wanted.look(next.offset) === 'skip') this.#settle(next.offset);
      else taken.push(this.#lend(next.offset, next.attempt, wanted));
    }
    return taken;
  }

  ack(offset: number, leaseId: string, now: number): boolean {
    // Already settled: the answer to an earlier ack may have been lost.
    if (offset < this.#committed || this.#settled.has(offset)) return true;
    if (!this.#valid(offset, leaseId, now)) return false;
    this.#settle(offset);
    return true;
  }

  changeInvisible(offset: number, leaseId: string, ms: number, now: number): string | undefined {
    const lease = this.#valid(offset, leaseId, now);
    if (!lease) return undefined;
    const id = this.#context.newLeaseId();
    this.#keep(offset, { id, attempt: lease.attempt, visibleAt: now + ms });
    return id;
  }

  nextDue(): number | undefined {
    for (;;) {
      const first = this.#due.peek();
      if (!first) return undefined;
      if (this.#isCurrent(first)) return first.at;
      this.#due.pop();
    }
  }

  release(owner: string, at: number): void {
    for (const [offset, lease] of this.#leases)
      if (lease.owner === owner) this.#keep(offset, { id: lease.id, attempt: lease.attempt, visibleAt: at });
  }

  #nextExpired(now: number): { offset: number; attempt: number } | undefined {
    for (;;) {
      const at = this.nextDue();
      if (at === undefined || at > now) return undefined;
      const { offset } = this.#due.pop()!.item;
      const lease = this.#leases.get(offset)!;
      if (lease.owner === undefined || !this.#context.isAlive(lease.owner))
        return { offset, attempt: lease.attempt + 1 };
      this.#keep(offset, { ...lease, visibleAt: now + this.#context.renewMs });
    }
  }

  #nextNew(): { offset: number; attempt: number } | undefined {
    this.#next = Math.max(this.#next, this.#committed);
    while (this.#next < this.#log.end) {
      const offset = this.#next++;
      if (!this.#leases.has(offset) && !this.#settled.has(offset)) return { offset, attempt: 1 };
    }
    return undefined;
  }

  #lend(offset: number, attempt: number, { now, invisibleMs, owner }: Wanted): Taken {
    const id = this.#context.newLeaseId();
    this.#keep(offset, { id, attempt, visibleAt: now + invisibleMs, ...(owner !== undefined && { owner }) });
    return { offset, attempt, leaseId: id };
  }

  #valid(offset: number, leaseId: string, now: number): Lease | undefined {
    const lease = this.#leases.get(offset);
    if (lease?.id !== leaseId) return undefined;
    const renewed = lease.owner !== undefined && this.#context.isAlive(lease.owner);
    return lease.visibleAt > now || renewed ? lease : undefined;
  }

  #keep(offset: number, lease: Lease): void {
    this.#hold(offset, lease);
    this.#journal.add({ kind: 'lease', of: this.#of, offset, lease });
  }

  #hold(offset: number, lease: Lease): void {
    this.#leases.set(offset, lease);
    this.#due.push(lease.visibleAt, { offset, leaseId: lease.id });
  }

  /** Entries of renewed or settled leases stay in the heap until they are at its top. */
  #isCurrent({ at, item }: { at: number; item: { offset: number; leaseId: string } }): boolean {
    const lease = this.#leases.get(item.offset);
    return lease?.id === item.leaseId && lease.visibleAt === at;
  }

  #settle(offset: number): void {
    const of = this.#of;
    if (this.#leases.delete(offset)) this.#journal.add({ kind: 'unlease', of, offset });
    this.#settled.add(offset);
    const from = this.#committed;
    this.#committed = this.#settled.passFrom(from);
    if (this.#committed > from) this.#journal.add({ kind: 'commit', of, from, to: this.#committed });
    else this.#journal.add({ kind: 'settle', of, offset });
  }
}
