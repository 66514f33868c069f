import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { namesIn, topologyIn, topologyVariables } from './index.js';

describe('the topology', () => {
  it('has names as they stand in the file without a namespace', () => {
    expect(namesIn('').topics.purchase).toBe('seckill-purchase');
    expect(namesIn('').groups.seckillService).toBe('seckill-service');
  });

  it('keeps namespaces apart: no topic and no group is in two of them', () => {
    const all = ['', 'a', 'b'].flatMap((namespace) => {
      const { topics, groups } = topologyIn(namespace);
      return [...topics, ...groups].map(({ name }) => name);
    });
    expect(new Set(all).size).toBe(all.length);
  });

  it('creates what the names name', () => {
    const names = namesIn('staging');
    const { topics, groups } = topologyIn('staging');
    expect(topics.map(({ name }) => name)).toEqual(Object.values(names.topics));
    expect(groups.map(({ name }) => name)).toEqual(Object.values(names.groups));
    expect(topics[0]).toEqual({ name: 'staging-seckill-purchase', type: 'NORMAL', queues: 8 });
  });
});

describe('ROCKETMQ_NAMESPACE', () => {
  const read = (ROCKETMQ_NAMESPACE?: string) =>
    z.object(topologyVariables).safeParse({ ROCKETMQ_NAMESPACE }).success;

  it.each([undefined, '', 'staging', 'eu-1'])('may be %s', (namespace) => expect(read(namespace)).toBe(true));

  it.each(['Staging', '-a', 'a_b', 'a%b', 'x'.repeat(33)])('may not be %s', (namespace) =>
    expect(read(namespace)).toBe(false),
  );
});
