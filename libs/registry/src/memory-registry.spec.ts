import { describe, expect, it } from '@jest/globals';
import { CorrectedClock, ManualClock } from '@seckill/clock';
import { MemoryRegistry, MemoryRegistryStore } from './memory-registry.js';
import { registryConformance } from './testing/registry-conformance.js';

registryConformance('MemoryRegistry', async () => {
  const store = new MemoryRegistryStore();
  return {
    open: async (options) => {
      const registry = new MemoryRegistry(store, options);
      await registry.firstRead;
      return registry;
    },
    lookups: () => store.lookups,
    stop: async () => store.stop(),
    start: async () => store.start(),
    cleanUp: async () => {},
  };
});

describe('MemoryRegistryStore', () => {
  it('expires an instance exactly a TTL of its clock after the last heartbeat', async () => {
    const time = new ManualClock();
    const store = new MemoryRegistryStore(time);
    const idle = { clock: new CorrectedClock(), changed: () => {}, lost: () => {} };
    const side = store.connect(idle);
    const entry = {
      id: 'g-1',
      role: 'g',
      address: 'a:1',
      startedAt: 1,
      state: 'ready' as const,
      ttlMs: 6_000,
    };
    await side.put({ ...entry, revision: 1 });
    await time.advance(5_999);
    expect(await side.find('g-1')).toBeDefined();
    await time.advance(1);
    expect(await side.find('g-1')).toBeUndefined();
    expect((await side.read()).instances).toEqual([]);
  });
});
