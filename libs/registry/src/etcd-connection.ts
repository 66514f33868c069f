import {
  castGrpcError,
  Etcd3,
  EtcdLeaseInvalidError,
  isRecoverableError,
  Range,
  type IDuplexStream,
  type IKeyValue,
  type IOptions,
  type ITxnRequest,
  type ITxnResponse,
  type IWatchRequest,
  type IWatchResponse,
} from 'etcd3';
import type { EtcdUrl } from './etcd-url.js';

/** Keys and values under a prefix, and the revision of the whole store when they were read. */
export interface EtcdRange {
  readonly kvs: readonly IKeyValue[];
  readonly revision: string;
}

/** An open watch of etcd3. */
export type WatchStream = IDuplexStream<IWatchRequest, IWatchResponse>;

type Policy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;

/**
 * A call failed, and another host might succeed. Not an error of etcd3's own, which would make it close its channels.
 */
class CallFailedError extends Error {}

/** One host. Does not close its channels when a call fails: gRPC itself detects dead connections. */
class HostClient extends Etcd3 {
  constructor(options: IOptions) {
    super({ ...options, faultHandling: { host: () => noPolicy, global: noPolicy } });
    this.pool.markFailed = () => {};
  }
}

/**
 * The calls to etcd that a registry makes, with the package etcd3 (1.1.2), whose problems are worked around here:
 *
 * - Its calls have no timeout. Here each has one deadline, over all hosts that it tries.
 * - After a failed call it closes the channels of the host, which breaks other calls and the watch; after three it does
 *   not use the host for five seconds. Here gRPC reconnects by itself, within a second.
 * - It picks any host for each call, also a dead one. Here one host is used until it fails, then the next.
 * - Its `Lease` swallows errors, keeps timers that keep the process alive, and does not report when a heartbeat was
 *   answered; its `keepaliveOnce` leaves its stream open. Here a heartbeat is one stream, one request, one answer.
 * - Its `Watcher` reconnects even after `close()`, throws unexpected messages into the stream, and exits the process by
 *   an unhandled 'error' when the revision was compacted. Here a watch is a plain stream, never resumed.
 * - It takes minutes to notice a connection that died silently. Here gRPC sends pings while a call is open.
 */
export class EtcdConnection {
  readonly #hosts: readonly HostClient[];
  readonly #timeoutMs: number;
  readonly #onHostChange: () => void;
  /** The host in use. */
  #current = 0;

  /**
   * Does not wait for etcd, which may be down.
   * @param timeoutMs bound on each call
   * @param onHostChange called when calls move to the next host; an open watch is still on the previous one
   */
  constructor({ hosts, tls }: EtcdUrl, timeoutMs: number, onHostChange: () => void = () => {}) {
    this.#timeoutMs = timeoutMs;
    this.#onHostChange = onHostChange;
    const shared = {
      ...(tls && { credentials: credentialsOf(tls) }),
      grpcOptions: {
        'grpc.initial_reconnect_backoff_ms': 100,
        'grpc.max_reconnect_backoff_ms': 1_000,
        // etcd closes connections that are pinged more often than every 5 s.
        'grpc.keepalive_time_ms': 6_000,
        'grpc.keepalive_timeout_ms': timeoutMs,
      },
    };
    this.#hosts = hosts.map((host) => new HostClient({ ...shared, hosts: tls ? `https://${host}` : host }));
  }

  /** One value, if there is one. */
  async get(key: string): Promise<IKeyValue | undefined> {
    const { kvs } = await this.#ask(({ kv }, options) => kv.range({ key: Buffer.from(key) }, options));
    return kvs[0];
  }

  /** All values whose keys begin with `prefix`. */
  async list(prefix: string): Promise<EtcdRange> {
    const { kvs, header } = await this.#ask(({ kv }, options) => kv.range(rangeOf(prefix), options));
    return { kvs, revision: header.revision };
  }

  /** @returns undefined when a lease in the request no longer exists */
  async transact(request: ITxnRequest): Promise<ITxnResponse | undefined> {
    try {
      return await this.#ask(({ kv }, options) => kv.txn(request, options));
    } catch (error) {
      if (error instanceof EtcdLeaseInvalidError) return undefined;
      throw error;
    }
  }

  /** @returns the id of a new lease */
  async grantLease(ttlMs: number): Promise<string> {
    const TTL = Math.ceil(ttlMs / 1_000);
    return (await this.#ask(({ leaseClient }, options) => leaseClient.leaseGrant({ TTL }, options))).ID;
  }

  /** Deletes the keys of a lease. A lease that no longer exists is no error. */
  async revokeLease(ID: string): Promise<void> {
    try {
      await this.#ask(({ leaseClient }, options) => leaseClient.leaseRevoke({ ID }, options));
    } catch (error) {
      if (!(error instanceof EtcdLeaseInvalidError)) throw error;
    }
  }

  /**
   * A heartbeat, in one round trip.
   * @returns false when the lease no longer exists
   */
  keepAlive(ID: string): Promise<boolean> {
    return this.#ask(async ({ leaseClient }, options) => {
      const stream = await leaseClient.leaseKeepAlive(options);
      return new Promise<boolean>((resolve, reject) => {
        stream.on('data', ({ TTL }) => resolve(Number(TTL) > 0));
        stream.on('error', (error) => reject(asCallFailed(castGrpcError(error))));
        stream.on('end', () => reject(new CallFailedError('etcd ended a heartbeat without an answer')));
        stream.write({ ID });
        stream.end();
      });
    });
  }

  /** Opens a watch on keys with this prefix, from a revision on. It can end at any time, and is not resumed. */
  async watch(prefix: string, fromRevision: string): Promise<WatchStream> {
    const stream = await this.#hosts[this.#current]!.watchClient.watch();
    stream.on('error', () => {});
    stream.write({ create_request: { ...rangeOf(prefix), start_revision: fromRevision } });
    return stream;
  }

  /** Closes all connections. Calls in progress fail or time out. */
  close(): void {
    for (const host of this.#hosts) host.close();
  }

  async #ask<T>(call: (host: HostClient, options: { deadline: number }) => Promise<T>): Promise<T> {
    // One deadline for all hosts. gRPC counts from the start of a call, so a later step of the clock does not matter.
    const options = { deadline: Date.now() + this.#timeoutMs };
    for (let attempt = 1; ; attempt++) {
      const host = this.#current;
      try {
        return await call(this.#hosts[host]!, options);
      } catch (error) {
        if (!(error instanceof CallFailedError)) throw error;
        this.#moveFrom(host);
        // A host that did not answer has used up the time; the next call starts at the next host, with a new deadline.
        if (attempt >= this.#hosts.length || Date.now() >= options.deadline) throw error;
      }
    }
  }

  #moveFrom(host: number): void {
    if (this.#hosts.length === 1 || this.#current !== host) return;
    this.#current = (host + 1) % this.#hosts.length;
    this.#onHostChange();
  }
}

/** The only part of a cockatiel policy that etcd3 uses. */
const noPolicy = {
  execute: async <T>(call: () => T | PromiseLike<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw asCallFailed(error as Error);
    }
  },
} as unknown as Policy;

function asCallFailed(error: Error): Error {
  return isRecoverableError(error) ? new CallFailedError(error.message, { cause: error }) : error;
}

function rangeOf(prefix: string): { key: Buffer; range_end: Buffer } {
  const { start, end } = Range.prefix(prefix);
  return { key: start, range_end: end };
}

/** The types require an authority; without one gRPC trusts those of this machine. */
function credentialsOf({ ca, cert, key }: NonNullable<EtcdUrl['tls']>) {
  return { rootCertificate: ca, certChain: cert, privateKey: key } as NonNullable<IOptions['credentials']>;
}
