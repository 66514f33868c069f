import { describe } from '@jest/globals';
import { findEtcd } from '@seckill/embedded';

const canBeHad = findEtcd() !== undefined || Boolean(process.env['FULL_TESTS']);

if (!canBeHad)
  process.stderr.write(
    'Left out: the registry on a real etcd. It needs: node tools/scripts/debian-tools.mjs etcd-server\n',
  );

/** For what needs a real etcd: left out, with a line, where there is none; with FULL_TESTS=1 it fails there instead. */
export const describeWithEtcd = canBeHad ? describe : describe.skip;
