import type { IKeyValue } from 'etcd3';
import { StoreUnreachableError } from './errors.js';
import { EtcdConnection } from './etcd-connection.js';
import { parseEtcdUrl } from './etcd-url.js';
import { EtcdWatch } from './etcd-watch.js';
import type { Instance } from './instance.js';
import type { RegistryOptions } from './registry.js';
import type { Entry, Snapshot, Store, StoreEvents } from './store.js';

/** Attempts of one write. It can conflict only with earlier writes of the same lease that etcd executes late. */
const WRITE_ATTEMPTS = 5;

/** What is known of an instance that this handle has written to etcd. */
interface Kept {
  /** Revision of the latest write that was requested. */
  revision: number;
  /** The etcd lease of its key. */
  leaseId?: string;
  /** The state in the key; absent when it is not known. */
  writtenState?: Entry['state'];
  /** The key's mod_revision when it was last seen; 0 means that there is no key. */
  modRevision: string;
}

/**
 * The registry in etcd: one key per instance under an etcd lease, and a watch for changes. etcd expires leases by its
 * leader's monotonic clock, rounded up to whole seconds, and has no call for the time, so this store never corrects the
 * handle's clock.
 *
 * A heartbeat is one call, LeaseKeepAlive. Writes are conditional on the key's last known revision, and an expired or
 * revoked lease never comes back: so a stale write has no effect, even if etcd executes it after a release.
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
        // The watch may be broken for the same reason, and may not report it for a long time.
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
    if (kept.leaseId !== undefined && kept.writtenState === entry.state) return true;
    kept.leaseId ??= await this.#connection.grantLease(entry.ttlMs);
    delete kept.writtenState;
    const { leaseId } = kept;
    for (let attempt = 1; attempt <= WRITE_ATTEMPTS; attempt++) {
      const written = await this.#write(entry, leaseId, kept.modRevision);
      if (written === 'lease-gone') {
        forgetLease(kept);
        break;
      }
      if (written.succeeded) {
        kept.modRevision = written.modRevision;
        kept.writtenState = entry.state;
        return true;
      }
      if (written.found && written.found.lease !== leaseId) {
        this.#kept.delete(entry.id);
        return false;
      }
      kept.modRevision = written.found?.mod_revision ?? '0';
    }
    throw new Error('the lease expired or the key changed during the write');
  }

  /** Writes the key if its revision is still the known one; otherwise returns the key that was found. */
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
    return { succeeded: false as const, found: answer.responses[0]?.response_range.kvs[0] };
  }

  /** Revoking the lease deletes its key. */
  async #release({ id, revision }: Entry): Promise<boolean> {
    const kept = this.#kept.get(id);
    if (!kept || revision <= kept.revision) return !kept;
    kept.revision = revision;
    if (kept.leaseId !== undefined) await this.#connection.revokeLease(kept.leaseId);
    this.#kept.delete(id);
    return true;
  }

  /** A key that was deleted although its lease is alive is written again by the next heartbeat. */
  #noticeMissing(kvs: readonly IKeyValue[], revision: string): void {
    if (this.#kept.size === 0) return;
    const keys = new Set(kvs.map(({ key }) => key.toString()));
    for (const [id, kept] of this.#kept)
      if (BigInt(revision) >= BigInt(kept.modRevision) && !keys.has(this.#key(id))) delete kept.writtenState;
  }

  #key(id: string): string {
    return this.#prefix + id;
  }

  /** Undefined for a key that no registry has written. */
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

  async #answer<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw new StoreUnreachableError(this.#name, error);
    }
  }
}

function forgetLease(kept: Kept): void {
  delete kept.leaseId;
  delete kept.writtenState;
}
