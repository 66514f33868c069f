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

/** Keys and values under a prefix, and the revision of the whole store at which they were read. */
export interface EtcdRange {
  readonly kvs: readonly IKeyValue[];
  readonly revision: string;
}

/** An open watch, as etcd3 gives it. */
export type WatchStream = IDuplexStream<IWatchRequest, IWatchResponse>;

type Policy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;

/** A call failed for a reason that another host might not have. Not an error of etcd3, so that it leaves its channels alone. */
class CallFailedError extends Error {}

/** One host. Never closes its channels because a call failed: gRPC knows better when a connection is dead. */
class HostClient extends Etcd3 {
  constructor(options: IOptions) {
    super({ ...options, faultHandling: { host: () => noPolicy, global: noPolicy } });
    this.pool.markFailed = () => {};
  }
}

/**
 * The calls of etcd that a registry makes, by the package etcd3 (1.1.2), whose flaws are mended here:
 *
 * - Its calls have no bound. Here each has a deadline, whatever hosts it tries meanwhile.
 * - After a failed call it closes the channels of the host, under the feet of other calls and of the watch; after three
 *   it asks the host no more for five seconds. Here gRPC reconnects by itself, within a second.
 * - It takes any host for each call, dead ones too. Here one host is asked until it fails, then the next.
 * - Its `Lease` forgets errors, keeps timers that hold the process, and does not say when a heartbeat was answered; its
 *   `keepaliveOnce` leaves its stream open. Here a heartbeat is one stream with one question and one answer.
 * - Its `Watcher` goes on reconnecting after `close()`, throws into the stream what it does not expect, and ends the
 *   process by an unheard `error` when what it asks for was compacted. Here a watch is a bare stream, never resumed.
 * - It notices a connection that died without a word after minutes only. Here gRPC pings while a call is open.
 */
export class EtcdConnection {
  readonly #hosts: readonly HostClient[];
  readonly #timeoutMs: number;
  readonly #moved: () => void;
  /** The host that is asked. */
  #current = 0;

  /**
   * Does not wait for etcd, which may be down.
   * @param timeoutMs bound on each call
   * @param moved told when another host is asked from now on: what is open stands with the one before
   */
  constructor({ hosts, tls }: EtcdUrl, timeoutMs: number, moved: () => void = () => {}) {
    this.#timeoutMs = timeoutMs;
    this.#moved = moved;
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

  /** @returns undefined when a lease that it names is gone */
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

  /** Deletes what is kept under a lease. One that is gone is fine. */
  async revokeLease(ID: string): Promise<void> {
    try {
      await this.#ask(({ leaseClient }, options) => leaseClient.leaseRevoke({ ID }, options));
    } catch (error) {
      if (!(error instanceof EtcdLeaseInvalidError)) throw error;
    }
  }

  /**
   * A heartbeat, in one round trip.
   * @returns false when the lease is gone
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

  /** Opens a watch on what begins with `prefix`, from a revision on. It ends for many reasons, and is not resumed. */
  async watch(prefix: string, fromRevision: string): Promise<WatchStream> {
    const stream = await this.#hosts[this.#current]!.watchClient.watch();
    stream.on('error', () => {});
    stream.write({ create_request: { ...rangeOf(prefix), start_revision: fromRevision } });
    return stream;
  }

  /** Lets go; what is under way fails, or ends in its time. */
  close(): void {
    for (const host of this.#hosts) host.close();
  }

  async #ask<T>(call: (host: HostClient, options: { deadline: number }) => Promise<T>): Promise<T> {
    // One deadline for all hosts. gRPC counts from the start of a call, so a later step of the clock is nothing to it.
    const options = { deadline: Date.now() + this.#timeoutMs };
    for (let tried = 1; ; tried++) {
      const host = this.#current;
      try {
        return await call(this.#hosts[host]!, options);
      } catch (error) {
        if (!(error instanceof CallFailedError)) throw error;
        this.#moveFrom(host);
        // A host that is silent has used up the time; the next call begins at the next host, with time of its own.
        if (tried >= this.#hosts.length || Date.now() >= options.deadline) throw error;
      }
    }
  }

  #moveFrom(host: number): void {
    if (this.#hosts.length === 1 || this.#current !== host) return;
    this.#current = (host + 1) % this.#hosts.length;
    this.#moved();
  }
}

/** etcd3 uses nothing else of a policy of cockatiel's. */
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

/** The types ask for an authority; without one gRPC takes those of this machine. */
function credentialsOf({ ca, cert, key }: NonNullable<EtcdUrl['tls']>) {
  return { rootCertificate: ca, certChain: cert, privateKey: key } as NonNullable<IOptions['credentials']>;
}
