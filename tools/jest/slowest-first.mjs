import Sequencer from '@jest/test-sequencer';

/**
 * The files that take minutes, the longest first: begun last, one of them would have the end of the run for itself.
 * The order is all that this list decides; a file that is missing here runs all the same.
 */
const slow = [
  'test/faults/selection',
  'test/faults/broker',
  'test/conformance/conformance',
  'test/faults/crashes',
  'test/rocketmq/local-rocketmq',
  'test/rocketmq/secured-rocketmq',
  'test/messaging/complaints',
  'test/start/npm-start',
  'test/rocketmq/replica',
  'test/scaffolding/generate',
  'test/docker/image',
];

function rank(path) {
  const place = slow.findIndex((part) => path.includes(`/${part}`));
  if (place >= 0) return place;
  return path.includes('/test/') ? slow.length : slow.length + 1;
}

/** Runs system tests before unit tests, and the slowest of them first. */
export default class SlowestFirst extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => rank(a.path) - rank(b.path) || (a.path < b.path ? -1 : 1));
  }
}
