import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CorrectedClock, until } from '@seckill/clock';
import { InstanceIdTakenError, RegistryClosedError, StoreUnreachableError } from '../errors.js';
import { newInstanceId, type Instance } from '../instance.js';
import type { Registry, RegistryOptions } from '../registry.js';
import { PausableTimers } from './pausable-timers.js';

/** An adapter and its store, for the suite to test. */
export interface RegistryUnderTest {
  /** One more handle on the same store, as another process would have it. Takes its timers from `options.clock`. */
  open(options: RegistryOptions): Promise<Registry>;
  /** How often the store has been asked for single instances, by all handles together. */
  lookups(): number;
  /** Takes the store down; what it holds is kept. */
  stop(): Promise<void>;
  start(): Promise<void>;
  cleanUp(): Promise<void>;
}

const TTL = 600;
const REFRESH = 200;

/**
 * What every registry must do, with any store.
 * @param tellsTime whether the store has a clock that clients can read
 */
export function registryConformance(
  name: string,
  setUp: () => Promise<RegistryUnderTest>,
  { tellsTime = true } = {},
): void {
  describe(`${name} as a registry`, () => {
    let underTest: RegistryUnderTest;
    let opened: Registry[] = [];

    beforeAll(async () => {
      underTest = await setUp();
    }, 60_000);
    afterEach(async () => {
      await Promise.all(opened.map((registry) => registry.close()));
      opened = [];
    });
    afterAll(() => underTest.cleanUp(), 30_000);

    const openPausable = async (options: RegistryOptions = {}) => {
      const timers = new PausableTimers();
      const clock = new CorrectedClock(undefined, undefined, timers);
      const registry = await underTest.open({ clock, refreshMs: REFRESH, ...options });
      opened.push(registry);
      return { registry, timers };
    };
    const open = async (options?: RegistryOptions) => (await openPausable(options)).registry;

    it('shows an instance to the other handles until it is released', async () => {
      const [a, b] = await Promise.all([open(), open()]);
      const gateway = newInstance();
      const lease = await a.register(gateway, { ttlMs: TTL });
      await until(() => lease.held);
      await until(() => b.list(gateway.role).length === 1);
      expect(b.list(gateway.role)).toEqual([{ ...gateway, state: 'ready' }]);
      expect(await b.lookup(gateway.id)).toEqual({ ...gateway, state: 'ready' });
      expect(b.list('some-other-role')).toEqual([]);

      await lease.release();
      expect(lease.held).toBe(false);
      await until(() => b.list(gateway.role).length === 0);
      expect(await b.lookup(gateway.id)).toBeUndefined();
    });

    it('notifies other handles of a drain and a release, without waiting for the next read', async () => {
      const a = await open();
      const b = await open({ refreshMs: 60_000 });
      const gateway = newInstance();
      const states: string[][] = [];
      const unwatch = b.watch(gateway.role, (list) => states.push(list.map(({ state }) => state)));
      expect(states).toEqual([[]]);

      const lease = await a.register(gateway, { ttlMs: TTL });
      await until(() => states.length === 2);
      await lease.drain();
      await until(() => states.length === 3);
      expect(await b.lookup(gateway.id)).toEqual({ ...gateway, state: 'draining' });
      await lease.release();
      await until(() => states.length === 4);
      expect(states).toEqual([[], ['ready'], ['draining'], []]);

      unwatch();
      await a.register({ ...newInstance(), role: gateway.role }, { ttlMs: TTL });
      await until(() => b.list(gateway.role).length === 1);
      expect(states).toHaveLength(4);
    });

    it('registers from several handles at once, and gives each the same list in the same order', async () => {
      const handles = await Promise.all([open(), open(), open()]);
      const instances = Array.from({ length: 6 }, () => ({ ...newInstance(), role: 'many' }));
      await Promise.all(instances.map((one, i) => handles[i % 3]!.register(one, { ttlMs: TTL })));
      const expected = instances.map(({ id }) => id).sort();
      for (const handle of handles) {
        await until(() => handle.list('many').length === 6);
        expect(handle.list('many').map(({ id }) => id)).toEqual(expected);
      }
      expect(handles[0].list('many')).toBe(handles[0].list('many'));
    });

    it('drops an instance whose heartbeats stop, keeps the others, and lists it again when they continue', async () => {
      const a = await openPausable();
      const b = await open();
      const role = newInstance().role;
      const dying = await a.registry.register({ ...newInstance(), role }, { ttlMs: TTL });
      const living = await b.register({ ...newInstance(), role }, { ttlMs: TTL });
      await dying.drain();
      await until(() => b.list(role).length === 2);

      a.timers.pause();
      await until(() => !dying.held);
      await until(() => b.list(role).length === 1);
      expect(b.list(role)[0]).toEqual(living.instance);
      expect(await b.lookup(dying.instance.id)).toBeUndefined();

      a.timers.resume();
      await until(() => b.list(role).length === 2 && dying.held);
      expect(b.list(role)).toContainEqual({ ...dying.instance, state: 'draining' });
    });

    it('asks the store once for many lookups of one id, and remembers that it is unknown', async () => {
      const a = await open({ refreshMs: 60_000 });
      const id = newInstanceId('stranger');
      const before = underTest.lookups();
      const answers = await Promise.all(Array.from({ length: 50 }, () => a.lookup(id)));
      expect(answers.every((answer) => answer === undefined)).toBe(true);
      expect(await a.lookup(id)).toBeUndefined();
      expect(underTest.lookups() - before).toBe(1);
    });

    it('does not ask the store for what the copy knows', async () => {
      const a = await open();
      const lease = await a.register(newInstance(), { ttlMs: TTL });
      await until(() => a.list(lease.instance.role).length === 1);
      const before = underTest.lookups();
      expect(await a.lookup(lease.instance.id)).toEqual(lease.instance);
      expect(underTest.lookups()).toBe(before);
    });

    it('finds an instance that the copy does not know yet', async () => {
      const a = await open();
      const lease = await a.register(newInstance(), { ttlMs: TTL });
      const unread = await open();
      expect(await unread.lookup(lease.instance.id)).toEqual(lease.instance);
    });

    const anHourSlow = () => new CorrectedClock(undefined, () => Date.now() - 3_600_000);
    if (tellsTime) {
      it('corrects its clock by the clock of the store', async () => {
        const a = await open({ clock: anHourSlow() });
        await until(() => a.clock.corrected);
        // The store runs on this machine: the error is at most half a round trip.
        await until(() => Math.abs(a.clock.now() - Date.now()) < 100);
        expect(a.reachable).toBe(true);
      });
    } else {
      it('leaves its clock alone when the store has no call for the time, and does not need it to list', async () => {
        const a = await open({ clock: anHourSlow() });
        const b = await open();
        const lease = await a.register(newInstance(), { ttlMs: TTL });
        await until(() => b.list(lease.instance.role).length === 1 && lease.held);
        expect(a.clock.corrected).toBe(false);
      });
    }

    it('refuses an id that is in use', async () => {
      const [a, b] = await Promise.all([open(), open()]);
      const gateway = newInstance();
      const lease = await a.register(gateway, { ttlMs: TTL });
      await expect(b.register(gateway, { ttlMs: TTL })).rejects.toThrow(InstanceIdTakenError);
      await until(() => lease.held);
    });

    it('never lets a heartbeat undo a drain or a release', async () => {
      const a = await open();
      const b = await open();
      const role = newInstance().role;
      // At the shortest TTL heartbeats are under way most of the time.
      const leases = await Promise.all(
        Array.from({ length: 10 }, () => a.register({ ...newInstance(), role }, { ttlMs: 100 })),
      );
      await Promise.all(leases.map((lease) => lease.drain()));
      const draining = () => b.list(role).filter(({ state }) => state === 'draining').length;
      await until(() => draining() === 10);
      const seen: string[] = [];
      b.watch(role, (list) => seen.push(...list.map(({ state }) => state)));
      await Promise.all(leases.map((lease) => lease.release()));
      await until(() => b.list(role).length === 0);
      // Once it is closed it writes no more: what a new handle reads is final.
      await a.close();
      expect((await open()).list(role)).toEqual([]);
      expect(seen).not.toContain('ready');
    });

    it('releases its instances when it is closed, also those still being registered', async () => {
      const a = await open();
      const b = await open();
      const [one, two] = [newInstance(), newInstance()];
      await a.register(one, { ttlMs: 60_000 });
      const pending = a.register(two, { ttlMs: 60_000 });
      const closing = a.close();
      await expect(pending).rejects.toThrow(RegistryClosedError);
      await closing;
      await until(() => b.list(one.role).length + b.list(two.role).length === 0);
      expect(await b.lookup(two.id)).toBeUndefined();
      await expect(a.register(newInstance())).rejects.toThrow(RegistryClosedError);
      await expect(a.lookup('anybody')).rejects.toThrow(RegistryClosedError);
    });

    it('survives an outage: serves its copy, then takes its leases again and catches up', async () => {
      const errors: unknown[] = [];
      const a = await open();
      const b = await open({ refreshMs: 500, onError: (error) => errors.push(error) });
      const dying = await openPausable();
      const leaving = await open();
      const role = newInstance().role;
      const lease = await a.register({ ...newInstance(), role }, { ttlMs: TTL });
      const dead = await dying.registry.register({ ...newInstance(), role }, { ttlMs: TTL });
      const left = await leaving.register({ ...newInstance(), role }, { ttlMs: TTL });
      await lease.drain();
      await until(() => b.list(role).length === 3);
      await until(() => b.list(role).some(({ state }) => state === 'draining'));
      const lists: (readonly Instance[])[] = [];
      b.watch(role, (list) => lists.push(list));

      await underTest.stop();
      dying.timers.pause();
      await until(() => !b.reachable && !a.reachable);
      await until(() => !lease.held && !dead.held && !left.held);
      expect(await b.lookup(lease.instance.id)).toEqual({ ...lease.instance, state: 'draining' });
      expect(b.list(role)).toHaveLength(3);
      await expect(b.lookup(newInstanceId('stranger'))).rejects.toThrow(StoreUnreachableError);
      expect(errors[0]).toBeInstanceOf(StoreUnreachableError);
      await left.release();
      const c = await open();
      const registering = c.register({ ...newInstance(), role }, { ttlMs: TTL });

      await underTest.start();
      const late = await registering;
      await until(() => lease.held && a.reachable);
      const expected = [lease.instance, late.instance].sort((x, y) => (x.id < y.id ? -1 : 1));
      await until(() => b.list(role).length === 2 && b.list(role)[1]?.id === late.instance.id);
      expect(b.list(role)).toEqual(expected);
      expect(lists.every((list) => list.some(({ id }) => id === lease.instance.id))).toBe(true);
      expect(lists.at(-1)).toEqual(expected);
    }, 20_000);

    it('stops registering when it is aborted or closed during an outage', async () => {
      await underTest.stop();
      try {
        const a = await open();
        const giveUp = new AbortController();
        const one = a.register(newInstance(), { signal: giveUp.signal });
        const two = a.register(newInstance());
        giveUp.abort(new Error('enough'));
        await expect(one).rejects.toThrow('enough');
        await Promise.all([a.close(), expect(two).rejects.toThrow(RegistryClosedError)]);
      } finally {
        await underTest.start();
      }
    }, 20_000);
  });
}

/** An instance and a role that no other test uses. */
function newInstance(): Omit<Instance, 'state'> {
  const id = newInstanceId('gateway');
  return { id, role: `role-of-${id}`, address: '10.0.0.7:50051', startedAt: Date.now() };
}
