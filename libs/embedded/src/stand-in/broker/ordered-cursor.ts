import type { Cursor, CursorContext, Taken, Wanted } from './cursor.js';
import type { Journal } from './journal.js';
import type { QueueLog } from './queue-log.js';
import type { GroupQueue, OrderedBatch, OrderedMember, SavedProgress } from './store.js';

/**
 * The cursor of a FIFO group. A queue delivers no new messages until each message of the last batch is settled. When
 * one is not settled in time, delivery starts again at the first such message, and later messages of the batch are
 * redelivered even if they were acked, as RocketMQ does (RocketMQ `ConsumerOrderInfoManager.java`).
 */
export class OrderedCursor implements Cursor {
  readonly #of: GroupQueue;
  readonly #log: QueueLog;
  readonly #journal: Journal;
  readonly #context: CursorContext;
  #committed: number;
  #batch: OrderedBatch | undefined;

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
    this.#batch = saved?.batch;
    if (!saved) journal.add({ kind: 'commit', of, from: this.#committed, to: this.#committed });
  }

  get committed(): number {
    return this.#committed;
  }

  get inFlight(): number {
    return this.#open().length;
  }

  get lag(): number {
    const acked = (this.#batch?.members ?? []).filter((one) => one.acked && one.offset >= this.#committed);
    return this.#log.end - this.#committed - acked.length;
  }

  take(wanted: Wanted): Taken[] {
    const { now, owner, attemptId } = wanted;
    this.#renew(now);
    if (this.#isBlocked(wanted)) return [];
    const members: OrderedMember[] = [];
    const earlier = this.#deliveriesSoFar(attemptId);
    for (
      let offset = this.#committed;
      offset < this.#log.end && members.length < wanted.maxMessages;
      offset++
    )
      members.push({
        offset,
        leaseId: this.#context.newLeaseId(),
        earlier: earlier.get(offset) ?? 0,
        visibleAt: now + wanted.invisibleMs,
        acked: wanted.look(offset) === 'skip',
        ...(owner !== undefined && { owner }),
      });
    if (members.length === 0) return [];
    this.#keep({ members, ...(attemptId !== undefined && { attemptId }) });
    // One new message makes the whole batch a first attempt, as observed with RocketMQ 5.5.
    const attempt = 1 + Math.min(...members.map((member) => member.earlier));
    return members.filter(({ acked }) => !acked).map(({ offset, leaseId }) => ({ offset, attempt, leaseId }));
  }

  ack(offset: number, leaseId: string, now: number): boolean {
    const member = this.#member(offset, leaseId);
    if (!member) return offset < this.#committed;
    if (member.acked) return true;
    if (!this.#isHeld(member, now)) return false;
    this.#keep(this.#with({ ...member, acked: true }));
    return true;
  }

  changeInvisible(offset: number, leaseId: string, ms: number, now: number): string | undefined {
    const member = this.#member(offset, leaseId);
    if (!member || member.acked || !this.#isHeld(member, now)) return undefined;
    const { owner: _given, ...rest } = member;
    const next = this.#context.newLeaseId();
    this.#keep(this.#with({ ...rest, leaseId: next, visibleAt: now + ms }));
    return next;
  }

  nextDue(): number | undefined {
    const open = this.#open();
    return open.length === 0 ? undefined : Math.max(...open.map(({ visibleAt }) => visibleAt));
  }

  release(owner: string, at: number): void {
    if (!this.#open().some((member) => member.owner === owner)) return;
    const members = this.#batch!.members.map(({ owner: one, ...member }) =>
      one === owner ? { ...member, visibleAt: at } : { ...member, ...(one !== undefined && { owner: one }) },
    );
    this.#keep({ members });
  }

  #isBlocked({ now, attemptId }: Wanted): boolean {
    if (attemptId !== undefined && attemptId === this.#batch?.attemptId) return false;
    return this.#open().some((member) => this.#isHeld(member, now));
  }

  #isHeld({ visibleAt, owner }: OrderedMember, now: number): boolean {
    return visibleAt > now || (owner !== undefined && this.#context.isAlive(owner));
  }

  /** Renews the leases of connected PushConsumers. */
  #renew(now: number): void {
    const isDue = (member: OrderedMember) =>
      !member.acked && member.visibleAt <= now && this.#isHeld(member, now);
    if (!this.#batch?.members.some(isDue)) return;
    const visibleAt = now + this.#context.renewMs;
    const members = this.#batch.members.map((member) => (isDue(member) ? { ...member, visibleAt } : member));
    this.#keep({ ...this.#batch, members });
  }

  #open(): readonly OrderedMember[] {
    return (this.#batch?.members ?? []).filter(({ acked }) => !acked);
  }

  #member(offset: number, leaseId: string): OrderedMember | undefined {
    return this.#batch?.members.find((one) => one.offset === offset && one.leaseId === leaseId);
  }

  #deliveriesSoFar(attemptId: string | undefined): ReadonlyMap<number, number> {
    const { members = [], attemptId: lastAttempt } = this.#batch ?? {};
    const again = attemptId !== undefined && attemptId === lastAttempt ? 0 : 1;
    return new Map(members.map(({ offset, earlier }) => [offset, earlier + again]));
  }

  #with(changed: OrderedMember): OrderedBatch {
    const batch = this.#batch!;
    return { ...batch, members: batch.members.map((one) => (one.offset === changed.offset ? changed : one)) };
  }

  #keep(batch: OrderedBatch): void {
    this.#batch = batch;
    this.#journal.add({ kind: 'order', of: this.#of, batch });
    const from = this.#committed;
    const to = batch.members.find(({ acked }) => !acked)?.offset ?? batch.members.at(-1)!.offset + 1;
    if (to <= from) return;
    this.#committed = to;
    this.#journal.add({ kind: 'commit', of: this.#of, from, to });
  }
}
