import { describe } from '@jest/globals';
import { findEtcd } from '@seckill/embedded';

/**
 * For what needs a real etcd: left out, with a line, where there is none; with FULL_TESTS=1 it fails there instead.
 */
export function describeWithEtcd(name: string, tests: () => void): void {
  if (findEtcd() !== undefined || process.env['FULL_TESTS']) return describe(name, tests);
  process.stderr.write(`Left out: ${name}. It needs etcd: node bin/debian-tools.mjs etcd-server\n`);
  describe.skip(name, tests);
}
