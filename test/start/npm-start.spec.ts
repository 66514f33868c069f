import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PidFile, scratchDirectory } from '@seckill/embedded';
import { freeBasePort, waitFor } from '@tools/testbed';
import { Command } from '../support/npm-start.js';

describe('npm start and npm run sale', () => {
  const scratch = scratchDirectory('npm-start');
  const data = join(scratch, 'data');
  let port: number;
  let system: Command | undefined;

  const start = async () => {
    system = new Command('tools/launcher/start.js', ['--http-port', String(port), '--data', data]);
    await system.printed(/Ctrl-C stops everything in order\./);
    return system;
  };
  const stop = async () => {
    system?.signal('SIGTERM');
    return system?.ended();
  };
  const sale = (...args: string[]) => new Command('tools/launcher/sale.js', ['--data', data, ...args]);

  beforeAll(async () => {
    port = await freeBasePort();
    await start();
  }, 180_000);
  afterAll(async () => {
    await stop();
    rmSync(scratch, { recursive: true, force: true });
  }, 60_000);

  it('sells what there is to a crowd, and says in words that nothing is broken', async () => {
    const command = sale(
      '--buyers',
      '300',
      '--stock',
      '40',
      '--items',
      '2',
      '--concurrency',
      '50',
      '--wait',
      '10',
    );
    expect(await command.ended()).toBe('ended with code 0');
    expect(command.output).toMatch(/^ {2}201 reserved +80 +26\.7 %$/m);
    expect(command.output).toMatch(/^ {2}409 sold_out +220 +73\.3 %$/m);
    expect(
      command.output.match(/40 of 40 units sold to 40 buyers, none twice; 110 told sold out/g),
    ).toHaveLength(2);
    expect(command.output).toContain("300 answers against the ledger's rows");
    expect(command.output).toContain('No invariant is broken.');
  }, 120_000);

  it('keeps every promise while the stand-in for RocketMQ is killed', async () => {
    const standIn = PidFile.in(join(data, 'run'), 'rocketmq');
    const killed = standIn.read();
    const command = sale('--buyers', '5000', '--stock', '200', '--concurrency', '20');
    await command.printed(/^\d.* buyers are through/m);
    process.kill(killed!.pid, 'SIGKILL');
    expect(await command.ended()).toBe('ended with code 0');
    expect(command.output).toContain('200 of 200 units sold to 200 buyers, none twice');
    expect(command.output).toContain('No invariant is broken.');
    const next = await waitFor('another stand-in', () => standIn.read());
    expect(next.pid).not.toBe(killed!.pid);
  }, 240_000);

  it('prints a curl that buys, and gives the same answer after a second start', async () => {
    const first = await pasted(system!.output);
    expect(first).toMatchObject({ status: 201, body: { saleId: 'demo', status: 'reserved' } });
    expect(await pasted(system!.output)).toEqual(first);

    expect(await stop()).toBe('ended with code 0');
    expect(readdirSync(join(data, 'run'))).toEqual([]);
    const again = await start();
    expect(await pasted(again.output)).toEqual(first);
  }, 180_000);

  it('judges by what the gateways tell when the database is out of reach', async () => {
    const elsewhere = ['--gateway', `http://127.0.0.1:${port}`, '--gateway', `http://localhost:${port + 1}`];
    const command = sale('--buyers', '100', '--stock', '10', ...elsewhere);
    expect(await command.ended()).toBe('ended with code 0');
    expect(command.output).toContain('the database cannot be reached');
    expect(command.output).toContain('10 of 10 units sold to 10 buyers, none twice; 90 told sold out');
  }, 120_000);

  it('ends a sale that is interrupted, and judges what there is', async () => {
    const command = sale('--buyers', '100000', '--stock', '1000', '--concurrency', '10');
    await command.printed(/^\d.* buyers are through/m);
    command.signal('SIGINT');
    expect(await command.ended()).toBe('ended with code 0');
    expect(command.output).toContain('Interrupted: no more buyers came.');
    expect(command.output).toContain('No invariant is broken.');
  }, 120_000);

  it('says in one line, with code 2, what it cannot do', async () => {
    const wrong = sale('--buyers', 'many');
    const nowhere = sale('--gateway', 'http://127.0.0.1:1');
    expect([await wrong.ended(), await nowhere.ended()]).toEqual(Array(2).fill('ended with code 2'));
    expect(wrong.output).toBe('--buyers takes a whole number from 1 to 200000, not "many".\n');
    expect(nowhere.output).toBe(
      'No gateway is ready at http://127.0.0.1:1. Start one with `npm start`, or name yours with --gateway.\n',
    );
  }, 60_000);
});

/** Does what a shell would do with the printed curl command. */
async function pasted(output: string): Promise<{ status: number; body: unknown }> {
  const [, url, rest] = /^curl -i (\S+) (.+)$/m.exec(output) ?? [];
  const headers = [...rest!.matchAll(/-H '([^:]+): ([^']+)'/g)].map(
    ([, name, value]) => [name!, value!] as const,
  );
  const [, body] = /-d '([^']+)'/.exec(rest!) ?? [];
  // On a busy machine the first purchase may still be pending when the wait is over; with its key it is repeated.
  return waitFor('a decision', async () => {
    const response = await fetch(url!, { method: 'POST', headers: Object.fromEntries(headers), body: body! });
    return response.status !== 202 && { status: response.status, body: await response.json() };
  });
}
