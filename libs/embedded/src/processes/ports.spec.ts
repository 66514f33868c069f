import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { claimPorts, freePorts } from './ports.js';

const claimFile = (port: number) => join(tmpdir(), 'seckill-ports', String(port));

/** Draws the same number again and again, then others. */
function stubborn(first: number) {
  let draws = 0;
  return () => (draws++ < 3 ? first : Math.random());
}

describe('freePorts', () => {
  // Two that looked at the same moment both found the port free; the later one to listen failed.
  it('never gives the same port twice, although nothing listens there yet', async () => {
    const port = await freePorts(1, stubborn(0.5));
    expect(await freePorts(1, stubborn(0.5))).not.toBe(port);
    const others = await Promise.all(Array.from({ length: 50 }, () => freePorts(2)));
    expect(new Set(others.flatMap((first) => [first, first + 1])).size).toBe(100);
  });

  it('claims a block whole or not at all', async () => {
    const first = await freePorts(3);
    for (const port of [first, first + 1, first + 2]) rmSync(claimFile(port));
    const search = { from: first, to: first + 1, random: () => 0 };
    const taken = createServer().listen(first + 2, '127.0.0.1');
    await once(taken, 'listening');
    try {
      await expect(claimPorts({ ...search, offsets: [0, 2] })).rejects.toThrow('No 2 ports are free');
      expect(await claimPorts({ ...search, offsets: [0, 1] })).toBe(first);
    } finally {
      taken.close();
    }
  });

  it('takes over the claim of a process that died', async () => {
    const port = (await freePorts(2)) + 1;
    rmSync(claimFile(port));
    const script = `
      const { linkSync, writeFileSync } = require('node:fs');
      writeFileSync('${claimFile(port)}.gone', JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
      linkSync('${claimFile(port)}.gone', '${claimFile(port)}');`;
    execFileSync(process.execPath, ['--eval', script]);
    expect(existsSync(claimFile(port))).toBe(true);
    const search = { from: port, to: port + 1, random: () => 0 };
    expect(await claimPorts({ ...search, offsets: [0] })).toBe(port);
  });
});
