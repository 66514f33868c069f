import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '../repository-root.js';
import { writeBrokerFiles } from './broker-files.js';
import { boundPorts, portBlock, portsFrom, usualPorts } from './rocketmq-ports.js';

const scratch = mkdtempSync(join(tmpdir(), 'broker-files-'));
const files = writeBrokerFiles(join(repositoryRoot(), 'docker', 'rocketmq'), scratch, portsFrom(21_000));

/** Parses a properties file as Java does: the last line with a name wins. */
const properties = Object.fromEntries(
  readFileSync(files.brokerConf, 'utf8')
    .split('\n')
    .filter((line) => /^\w+=/.test(line))
    .map((line) => line.split('=', 2) as [string, string]),
);

describe('writeBrokerFiles', () => {
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('answers a send only after its record is flushed', () => {
    expect(properties['flushDiskType']).toBe('SYNC_FLUSH');
  });

  it('creates no topic or group automatically', () => {
    expect(properties).toMatchObject({
      autoCreateTopicEnable: 'false',
      autoCreateSubscriptionGroup: 'false',
    });
  });

  it('uses the given ports and directories', () => {
    expect(properties).toMatchObject({
      listenPort: '21008',
      metricsPromExporterPort: '21003',
      namesrvAddr: '127.0.0.1:21002',
      storePathRootDir: join(scratch, 'store'),
    });
    expect(readFileSync(files.nameServerConf, 'utf8')).toBe('listenPort=21002\n');
    expect(JSON.parse(readFileSync(files.proxyJson, 'utf8'))).toMatchObject({
      grpcServerPort: 21_000,
      remotingListenPort: 21_001,
    });
  });

  it('allows an invisible time of a second', () => {
    expect(JSON.parse(readFileSync(files.proxyJson, 'utf8'))).toMatchObject({
      minInvisibleTimeMillsForRecv: 1_000,
    });
  });
});

describe('portsFrom', () => {
  it('returns the default ports for 8081', () => {
    expect(portsFrom(8_081)).toEqual(usualPorts);
  });

  it('returns distinct ports within the block for any other port', () => {
    const bound = [...boundPorts(portsFrom(21_000)).keys()];
    expect(bound).toHaveLength(7);
    expect(bound.every((port) => port >= 21_000 && port < 21_000 + portBlock)).toBe(true);
  });
});
