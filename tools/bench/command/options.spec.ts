import { describe, expect, it } from '@jest/globals';
import { parseBenchOptions } from './options.js';

describe('npm run bench', () => {
  it('measures everything but the soak by default, on the real RocketMQ', () => {
    const { parts, rocketmq, connections, items, peers, rounds } = parseBenchOptions([]);
    expect(parts).toEqual(['closed', 'open', 'transport', 'inventory', 'growth', 'held', 'rows', 'report']);
    expect({ rocketmq, connections, items, rounds }).toEqual({
      rocketmq: 'real',
      connections: [1, 64, 256, 1_024, 4_096],
      items: [1, 100],
      rounds: 3,
    });
    expect(peers).toHaveLength(6);
  });

  it('measures the parts that are named, in its own order', () => {
    expect(parseBenchOptions(['soak', 'closed', '--minutes', '5'])).toMatchObject({
      parts: ['closed', 'soak'],
      minutes: 5,
    });
  });

  it('keeps plots of a trial beside its results', () => {
    expect(parseBenchOptions([]).plots).toBe('tools/bench/plots');
    expect(parseBenchOptions(['--out', '/tmp/x']).plots).toBe('/tmp/x/plots');
  });

  it.each([
    [['everything'], /A part takes one of closed, .*, not "everything"/],
    [['--peers', 'ours,wrk'], /--peers takes one of .*, not "wrk"/],
    [['--connections', '1,two'], /--connections takes a whole number/],
    [['--fast'], /--help shows/],
  ])('says what is wrong with %j', (args, message) => {
    expect(() => parseBenchOptions(args)).toThrow(message);
  });
});
