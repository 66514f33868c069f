import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryRegistry, MemoryRegistryStore, newInstanceId } from '@seckill/registry';
import { Registration } from './registration.js';

let store: MemoryRegistryStore;
let registry: MemoryRegistry;
let registration: Registration;
const instance = { id: newInstanceId('a'), role: 'a', address: 'host:1', startedAt: 1 };

beforeEach(() => {
  store = new MemoryRegistryStore();
  registry = new MemoryRegistry(store);
  registration = new Registration();
});
afterEach(() => registry.close());

describe('Registration', () => {
  it('is new, then held, then draining, then gone', async () => {
    expect([registration.isNew, registration.held]).toEqual([true, false]);
    expect(await registration.take(registry, instance)).toEqual({ ...instance, state: 'ready' });
    expect([registration.isNew, registration.held]).toEqual([false, true]);
    await registration.drain();
    const other = new MemoryRegistry(store);
    expect(await other.lookup(instance.id)).toMatchObject({ state: 'draining' });
    await other.close();
    await registration.release();
    expect([registration.isNew, registration.held]).toEqual([false, false]);
  });

  it('is given up while the store is down, and then has nothing to drain or to release', async () => {
    store.stop();
    const taken = registration.take(registry, instance);
    registration.giveUp();
    await expect(taken).rejects.toThrow('aborted');
    expect([registration.givenUp, registration.isNew]).toEqual([true, true]);
    await registration.drain();
    await registration.release();
    await registration.close();
  });
});
