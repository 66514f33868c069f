import { describe } from '@jest/globals';
import { findEtcd } from '@seckill/embedded';

const hasEtcd = findEtcd() !== undefined || Boolean(process.env['FULL_TESTS']);

if (!hasEtcd)
  process.stderr.write(
    'Skipped: the registry on a real etcd. It needs: node tools/scripts/debian-tools.mjs etcd-server\n',
  );

/** For tests that need a real etcd: skipped, with a line, where there is none; with FULL_TESTS=1 they fail instead. */
export const describeWithEtcd = hasEtcd ? describe : describe.skip;
