import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { repositoryRoot } from '../repository-root.js';
import { writeBrokerFiles } from './broker-files.js';
import { boundPorts, portBlock, portsFrom, usualPorts } from './rocketmq-ports.js';

const scratch = mkdtempSync(join(tmpdir(), 'broker-files-'));
const files = writeBrokerFiles(join(repositoryRoot(), 'docker', 'rocketmq'), scratch, portsFrom(21_000));

/** As Java reads a properties file: the last line of a name counts. */
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

  it('makes no topic and no group by mistake', () => {
    expect(properties).toMatchObject({
      autoCreateTopicEnable: 'false',
      autoCreateSubscriptionGroup: 'false',
    });
  });

  it('listens and stores where it is told', () => {
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

  it('lets messages come again after a second', () => {
    expect(JSON.parse(readFileSync(files.proxyJson, 'utf8'))).toMatchObject({
      minInvisibleTimeMillsForRecv: 1_000,
    });
  });
});

describe('portsFrom', () => {
  it('gives 8081 the ports that everybody expects', () => {
    expect(portsFrom(8_081)).toEqual(usualPorts);
  });

  it('keeps any other within its block, and no port twice', () => {
    const bound = [...boundPorts(portsFrom(21_000)).keys()];
    expect(bound).toHaveLength(7);
    expect(bound.every((port) => port >= 21_000 && port < 21_000 + portBlock)).toBe(true);
  });
});
