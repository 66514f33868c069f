import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadTopology, projectTopology } from './topology.js';

const scratch = mkdtempSync(join(tmpdir(), 'topology-'));

function file(content: string): string {
  const path = join(scratch, 'topology.json');
  writeFileSync(path, content);
  return path;
}

describe('projectTopology', () => {
  it('holds the topics of purchases, and groups that RocketMQ itself never gives up on', () => {
    const { topics, groups } = projectTopology();
    const types = Object.fromEntries(topics.map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({
      'seckill-purchase': 'NORMAL',
      'seckill-purchase-retry': 'DELAY',
      'seckill-purchase-dead': 'NORMAL',
    });
    expect(groups.map(({ name }) => name)).toContain('seckill-service');
    expect(groups.filter(({ maxRetries }) => maxRetries < 1_000_000)).toEqual([]);
  });
});

describe('loadTopology', () => {
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it.each([
    ['{', /topology\.json cannot be read as JSON/],
    ['{"topics":[]}', /groups/],
    ['{"topics":[{"name":"a b","type":"NORMAL","queues":1}],"groups":[]}', /may hold letters/],
    ['{"topics":[{"name":"a","type":"normal","queues":1}],"groups":[]}', /NORMAL/],
    ['{"topics":[],"groups":[{"name":"g","maxRetries":3,"ordered":true}]}', /ordered/],
  ])('says what is wrong in %s', (content, message) => {
    expect(() => loadTopology(file(content))).toThrow(message);
  });
});
