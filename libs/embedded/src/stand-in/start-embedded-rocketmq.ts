import { resolve } from 'node:path';
import { systemClock } from '@seckill/clock';
import { CannotStartError } from '../errors.js';
import type { Topology } from '../rocketmq/topology.js';
import { AdminServer } from './admin/admin-server.js';
import { Broker } from './broker/broker.js';
import type { Overview } from './broker/overview.js';
import { RefusedError } from './broker/refused-error.js';
import { checkOptions, type EmbeddedRocketMqOptions } from './embedded-rocketmq-options.js';
import { Faults } from './faults/faults.js';
import { Clients } from './grpc/clients.js';
import { GrpcServer } from './grpc/grpc-server.js';
import { DirectoryLock } from './store/directory-lock.js';
import { LmdbStore } from './store/lmdb-store.js';

/** A RocketMQ that runs in this process. */
export interface EmbeddedRocketMq {
  /** The address for clients: `127.0.0.1:PORT`. */
  readonly endpoints: string;
  readonly port: number;
  /** Undefined without administration over HTTP. */
  readonly adminPort: number | undefined;
  readonly faults: Faults;
  /** Topics × queues × groups × offsets × lag, now. */
  overview(): Overview;
  /** Adds topics and groups; clients can use them when this resolves. */
  createTopology(wanted: Topology): Promise<void>;
  /** Shuts it down: calls in progress are answered, confirmed changes are kept. A second call is no error. */
  stop(): Promise<void>;
  /** Crashes it: changes that were not flushed are lost. A new start with the same directory continues from there. */
  crash(): Promise<void>;
}

/**
 * Starts a RocketMQ 5 for development and tests: `rocketmq-client-nodejs` talks to it over the real protocol.
 *
 * @throws CannotStartError for invalid options, a port or directory in use, or a directory that cannot be written
 */
export async function startEmbeddedRocketMQ(options: EmbeddedRocketMqOptions): Promise<EmbeddedRocketMq> {
  checkOptions(options);
  const directory = resolve(options.dataDir);
  const lock = await DirectoryLock.take(directory);
  const running: { store?: LmdbStore; server?: GrpcServer; admin?: AdminServer; broker?: Broker } = {};
  const release = async () => {
    running.admin?.close();
    running.server?.kill();
    await running.broker?.close().catch(() => undefined);
    await running.store?.close();
    lock.release();
  };
  try {
    return await start(options, directory, lock, running, release);
  } catch (error) {
    await release();
    throw toCannotStart(directory, error);
  }
}

async function start(
  options: EmbeddedRocketMqOptions,
  directory: string,
  lock: DirectoryLock,
  running: { store?: LmdbStore; server?: GrpcServer; admin?: AdminServer; broker?: Broker },
  release: () => Promise<void>,
): Promise<EmbeddedRocketMq> {
  const clock = systemClock;
  let over: Promise<void> | undefined;
  const end = (first: () => Promise<void>): Promise<void> => {
    over ??= first().then(release, release);
    return over;
  };
  const crash = async () => {
    broker.abandon();
    server.kill();
  };
  const fail = (reason: Error) => {
    if (over) return;
    void end(crash).then(() => options.onEnd?.(reason));
  };

  const store = (running.store = new LmdbStore(directory));
  const clients = new Clients(clock);
  const faults: Faults = new Faults({
    clock,
    ...(options.seed !== undefined && { seed: options.seed }),
    cutConnections: () => server.cutConnections(),
    crash: () => fail(new Error('crashed by an injected fault')),
  });
  const broker = (running.broker = new Broker({
    store,
    clock,
    ...(options.limits && { limits: options.limits }),
    ...(options.retention && { retention: options.retention }),
    isAlive: (clientId) => clients.isAlive(clientId),
    deliversTwice: faults.deliversTwice,
    flushHooks: {
      beforeFlush: (changes) => faults.flushing('before-flush', changes),
      afterFlush: (changes) => faults.flushing('after-flush', changes),
      onFailure: (error) => fail(new Error('The store failed.', { cause: error })),
    },
  }));
  await broker.define({ topics: [...options.topics], groups: [...options.groups] });

  const server = (running.server = new GrpcServer({ broker, clients, faults, clock }));
  await server.listen(options.port ?? 0);
  if (options.adminPort !== undefined) {
    running.admin = new AdminServer({
      overview: () => broker.overview(),
      define: (wanted) => broker.define(wanted),
      faults,
    });
    await running.admin.listen(options.adminPort);
  }
  const adminPort = running.admin?.port;
  lock.write({ port: server.port, adminPort: adminPort ?? 0 });

  return {
    endpoints: `127.0.0.1:${server.port}`,
    port: server.port,
    adminPort,
    faults,
    overview: () => broker.overview(),
    createTopology: (wanted) => broker.define(wanted),
    stop: () =>
      end(async () => {
        // Ends long polls without messages, so that no call has to be aborted.
        await broker.close();
        await server.stop();
      }),
    crash: () => end(crash),
  };
}

function toCannotStart(directory: string, error: unknown): unknown {
  if (error instanceof CannotStartError) return error;
  if (error instanceof RefusedError)
    return new CannotStartError(
      `The topology contradicts the one in ${directory}: ${error.message}.`,
      'Change it, or choose another data directory.',
      { cause: error },
    );
  const reason = error instanceof Error ? error.message : String(error);
  return new CannotStartError(`The store in ${directory} cannot be opened: ${reason}.`, 'Is the disk full?', {
    cause: error,
  });
}
