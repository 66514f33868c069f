import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { CorrectedClock } from '@seckill/clock';
import { EtcdProcess, scratchDirectory } from '@seckill/embedded';
import { InstanceIdTakenError, StoreUnreachableError } from './errors.js';
import { EtcdConnection } from './etcd-connection.js';
import { EtcdStore } from './etcd-store.js';
import { parseEtcdUrl } from './etcd-url.js';
import { EtcdWatch } from './etcd-watch.js';
import { newInstanceId } from './instance.js';
import { openRegistry } from './open-registry.js';
import type { Registry, RegistryOptions } from './registry.js';
import { StoreRegistry } from './store-registry.js';
import type { Store } from './store.js';
import { describeWithEtcd } from './testing/describe-with-etcd.js';
import { eventually } from './testing/eventually.js';
import { FreezableProxy } from './testing/freezable-proxy.js';
import { registryConformance } from './testing/registry-conformance.js';

describeWithEtcd('a registry on etcd', () => {
  const directory = scratchDirectory('registry-etcd');
  let etcd: EtcdProcess;
  let closeLater: (() => Promise<unknown> | void)[] = [];

  beforeAll(async () => {
    etcd = await EtcdProcess.start({ dataDir: directory });
  }, 60_000);
  afterEach(async () => {
    for (const close of closeLater.toReversed()) await close();
    closeLater = [];
  });
  afterAll(async () => {
    await etcd?.stop();
    await rm(directory, { recursive: true, force: true });
  }, 30_000);

  registryConformance(
    'etcd',
    async () => {
      const url = `${etcd.registryUrl}/conformance`;
      let lookups = 0;
      return {
        open: async (options) => {
          const registry = new StoreRegistry((events) => {
            const store: Store = new EtcdStore(url, events, options);
            return {
              put: (entry) => store.put(entry),
              read: () => store.read(),
              close: () => store.close(),
              find: (id) => {
                lookups++;
                return store.find(id);
              },
            };
          }, options);
          await registry.firstRead;
          return registry;
        },
        lookups: () => lookups,
        stop: () => etcd.kill(),
        start: () => etcd.start(),
        cleanUp: async () => {},
      };
    },
    { tellsTime: false },
  );
});
