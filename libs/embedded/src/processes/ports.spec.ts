import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
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
    const search = { from: 19_000, to: 19_001, random: () => 0 };
    const taken = createServer().listen(19_002, '127.0.0.1');
    await once(taken, 'listening');
    try {
      await expect(claimPorts({ ...search, offsets: [0, 2] })).rejects.toThrow('No 2 ports are free');
      expect(await claimPorts({ ...search, offsets: [0, 1] })).toBe(19_000);
    } finally {
      taken.close();
    }
  });

  it('takes over the claim of a process that died', async () => {
    const port = await freePorts(1, stubborn(0.25));
    const script = `
      const { linkSync, writeFileSync } = require('node:fs');
      writeFileSync('${claimFile(port + 1)}.gone', JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
      linkSync('${claimFile(port + 1)}.gone', '${claimFile(port + 1)}');`;
    execFileSync(process.execPath, ['--eval', script]);
    expect(existsSync(claimFile(port + 1))).toBe(true);
    const search = { from: port + 1, to: port + 2, random: () => 0 };
    expect(await claimPorts({ ...search, offsets: [0] })).toBe(port + 1);
  });
});
