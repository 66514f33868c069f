import type { IKeyValue } from 'etcd3';
import { StoreUnreachableError } from './errors.js';
import { EtcdConnection } from './etcd-connection.js';
import { parseEtcdUrl } from './etcd-url.js';
import { EtcdWatch } from './etcd-watch.js';
import type { Instance } from './instance.js';
import type { RegistryOptions } from './registry.js';
import type { Entry, Snapshot, Store, StoreEvents } from './store.js';

/** Tries of one write against writes of the same lease that were overtaken: it is the last of them, so few come late. */
const WRITE_TRIES = 5;

/** What is known of an instance that this handle keeps in etcd. */
interface Kept {
  /** Of the last write that was asked for. */
  revision: number;
  /** etcd's lease, under which its key is. */
  leaseId?: string;
  /** What the key tells others; absent when that is not known. */
  told?: Entry['state'];
  /** etcd's revision of the key when it was last seen; 0 stands for no key. */
  modRevision: string;
}

/**
 * The registry in etcd: a key per instance under a lease of etcd's, told of by a watch. etcd expires leases by its
 * leader's monotonic clock, rounded up to whole seconds, and tells nobody the time: the clock of the handle is left
 * alone.
 *
 * A heartbeat is one call, LeaseKeepAlive. Writes compare the key's last known revision, and a lease that is gone never
 * comes back: so a write that was overtaken, even one that etcd executes after a release, changes nothing.
 */
export class EtcdStore implements Store {
  readonly #name: string;
  readonly #prefix: string;
  readonly #connection: EtcdConnection;
  readonly #watch: EtcdWatch;
  readonly #kept = new Map<string, Kept>();

  /**
   * @param url etcd://host:2379[,host2:2379…][/prefix][?tls | ?ca=FILE[&cert=FILE&key=FILE]]
   * @throws InvalidRegistryUrlError
   */
  constructor(url: string, events: StoreEvents, { timeoutMs = 2_000 }: RegistryOptions) {
    const etcd = parseEtcdUrl(url);
    this.#name = `etcd://${etcd.hosts.join(',')}/${etcd.prefix}`;
    this.#prefix = `${etcd.prefix}/`;
    this.#connection = new EtcdConnection(etcd, timeoutMs, () => this.#watch.lose());
    this.#watch = new EtcdWatch(this.#connection, this.#prefix, events);
  }

  put(entry: Entry): Promise<boolean> {
    return this.#answer(() => (entry.state === 'released' ? this.#release(entry) : this.#keep(entry)));
  }

  find(id: string): Promise<Instance | undefined> {
    return this.#answer(async () => {
      const kv = await this.#connection.get(this.#key(id));
      return kv && this.#instance(kv);
    });
  }

  read(): Promise<Snapshot> {
    return this.#answer(async () => {
      try {
        const { kvs, revision } = await this.#connection.list(this.#prefix);
        this.#noticeMissing(kvs, revision);
        await this.#watch.ensure(revision);
        return { instances: kvs.flatMap((kv) => this.#instance(kv) ?? []), released: [] };
      } catch (error) {
        // Whatever is wrong may be wrong with the watch as well, and it may not say so for long.
        this.#watch.drop();
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    this.#watch.close();
    this.#connection.close();
  }

  async #keep(entry: Entry): Promise<boolean> {
    const kept = this.#kept.get(entry.id) ?? { revision: 0, modRevision: '0' };
    if (entry.revision <= kept.revision) return false;
    kept.revision = entry.revision;
    this.#kept.set(entry.id, kept);
    if (kept.leaseId !== undefined && !(await this.#connection.keepAlive(kept.leaseId))) forgetLease(kept);
    if (kept.leaseId !== undefined && kept.told === entry.state) return true;
    kept.leaseId ??= await this.#connection.grantLease(entry.ttlMs);
    delete kept.told;
    const { leaseId } = kept;
    for (let tried = 1; tried <= WRITE_TRIES; tried++) {
      const written = await this.#write(entry, leaseId, kept.modRevision);
      if (written === 'lease-gone') {
        forgetLease(kept);
        break;
      }
      if (written.succeeded) {
        kept.modRevision = written.modRevision;
        kept.told = entry.state;
        return true;
      }
      if (written.standing && written.standing.lease !== leaseId) {
        this.#kept.delete(entry.id);
        return false;
      }
      kept.modRevision = written.standing?.mod_revision ?? '0';
    }
    throw new Error('the lease ran out, or the key changed, while it was written');
  }

  /** Puts the key if it still has the revision that it is known by; otherwise says what stands there. */
  async #write(entry: Entry, leaseId: string, modRevision: string) {
    const { role, address, state, startedAt } = entry;
    const key = Buffer.from(this.#key(entry.id));
    const value = Buffer.from(JSON.stringify({ role, address, state, startedAt }));
    const answer = await this.#connection.transact({
      compare: [{ key, target: 'Mod', result: 'Equal', mod_revision: modRevision }],
      success: [{ request_put: { key, value, lease: leaseId } }],
      failure: [{ request_range: { key } }],
    });
    if (!answer) return 'lease-gone';
    if (answer.succeeded) return { succeeded: true as const, modRevision: answer.header.revision };
    return { succeeded: false as const, standing: answer.responses[0]?.response_range.kvs[0] };
  }

  /** Its key goes with the lease. */
  async #release({ id, revision }: Entry): Promise<boolean> {
    const kept = this.#kept.get(id);
    if (!kept || revision <= kept.revision) return !kept;
    kept.revision = revision;
    if (kept.leaseId !== undefined) await this.#connection.revokeLease(kept.leaseId);
    this.#kept.delete(id);
    return true;
  }

  /** A key that somebody has deleted is written again by the next heartbeat, although its lease is alive. */
  #noticeMissing(kvs: readonly IKeyValue[], revision: string): void {
    if (this.#kept.size === 0) return;
    const keys = new Set(kvs.map(({ key }) => key.toString()));
    for (const [id, kept] of this.#kept)
      if (BigInt(revision) >= BigInt(kept.modRevision) && !keys.has(this.#key(id))) delete kept.told;
  }

  #key(id: string): string {
    return this.#prefix + id;
  }

  /** Undefined for what no registry has written. */
  #instance({ key, value }: IKeyValue): Instance | undefined {
    const id = key.toString().slice(this.#prefix.length);
    try {
      const { role, address, state, startedAt } = JSON.parse(value.toString()) as Partial<Instance>;
      const isRead =
        typeof role === 'string' &&
        typeof address === 'string' &&
        (state === 'ready' || state === 'draining') &&
        typeof startedAt === 'number';
      return isRead ? { id, role, address, state, startedAt } : undefined;
    } catch {
      return undefined;
    }
  }

  async #answer<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw new StoreUnreachableError(this.#name, error);
    }
  }
}

function forgetLease(kept: Kept): void {
  delete kept.leaseId;
  delete kept.told;
}
