import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@seckill/clock';
import { KeepConnected, type ConnectionStatus } from './keep-connected.js';

type Start = 'ok' | 'fails' | 'hangs';

function setUp(...starts: Start[]) {
  const clock = new ManualClock();
  const made: string[] = [];
  const statuses: ConnectionStatus[] = [];
  const warnings: unknown[] = [];
  let created = 0;
  const keeper = new KeepConnected({
    name: 'client',
    create: () => {
      const start = starts[created++] ?? 'ok';
      const name = `client ${created}`;
      made.push(name);
      return {
        name,
        startup: () => {
          if (start === 'hangs') return new Promise<void>(() => {});
          return start === 'ok' ? Promise.resolve() : Promise.reject(new Error('no broker'));
        },
        shutdown: async () => void made.push(`${name} ended`),
      };
    },
    clock,
    log: { log() {}, warn: (message, fields) => warnings.push([message, fields]), error() {} },
    onStatus: (status) => statuses.push(status),
  });
  return { clock, made, statuses, warnings, keeper };
}

describe('KeepConnected', () => {
  it('retries with a new client each time', async () => {
    const { clock, keeper, made, statuses, warnings } = setUp('fails', 'fails');
    keeper.start();
    await clock.advance(1_000);
    expect(made).toEqual(['client 1', 'client 1 ended', 'client 2', 'client 2 ended', 'client 3']);
    expect(statuses).toEqual(['connected']);
    expect(warnings).toEqual([['client: cannot connect, retrying', { reason: 'no broker' }]]);
  });

  it('gives up a start that hangs', async () => {
    const { clock, keeper, made } = setUp('hangs');
    keeper.start();
    await clock.advance(4_999);
    expect(keeper.current).toBeUndefined();
    await clock.advance(200);
    expect(made).toEqual(['client 1', 'client 1 ended', 'client 2']);
    expect(keeper.current).toMatchObject({ name: 'client 2' });
  });

  it('replaces a client that no longer works, once', async () => {
    const { clock, keeper, made, statuses } = setUp();
    keeper.start();
    await clock.advance(0);
    const broken = keeper.current!;
    keeper.restart(broken, 'it fails');
    keeper.restart(broken, 'it fails');
    await clock.advance(100);
    expect(made).toEqual(['client 1', 'client 1 ended', 'client 2']);
    expect(statuses).toEqual(['connected', 'connecting', 'connected']);
  });

  it('can be closed while it is connecting, and shuts down a client that starts meanwhile', async () => {
    const { clock, keeper, made } = setUp('hangs');
    keeper.start();
    await clock.advance(10);
    const closed = keeper.close();
    await clock.advance(0);
    await closed;
    expect(made).toEqual(['client 1', 'client 1 ended']);
    await clock.advance(60_000);
    expect(made).toHaveLength(2);
  });

  it('resolves connected() when it is connected, closed, or after the given time', async () => {
    const { clock, keeper } = setUp('hangs');
    keeper.start();
    const seen: string[] = [];
    void keeper.connected(1_000).then(() => seen.push('patience'));
    void keeper.connected(60_000).then(() => seen.push('connected'));
    await clock.advance(1_000);
    expect(seen).toEqual(['patience']);
    await clock.advance(5_000);
    expect(seen).toEqual(['patience', 'connected']);
  });
});
