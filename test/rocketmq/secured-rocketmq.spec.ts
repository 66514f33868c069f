import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { systemClock } from '@seckill/clock';
import {
  CertificateAuthority,
  certificatePaths,
  projectTopology,
  loadUsers,
  LocalRocketMq,
  makeDevelopmentCertificates,
  scratchDirectory,
} from '@seckill/embedded';
import { Buyers, HistoryRecorder, uniqueSaleId } from '@tools/load';
import { GroupConsumer, rocketMqConnection, TopicProducer, type RocketMqAccess } from '@seckill/messaging';
import { describeOnRealRocketMq } from '../support/real-rocketmq.js';
import { System, userToken, waitFor } from '@tools/testbed';
import { expectIntact } from '../support/verdict.js';

const roles = ['gateway', 'seckill-service', 'inventory'] as const;
const secretOf = (name: string) => `secret-of-${name}-1`;

describeOnRealRocketMq('a RocketMQ with TLS and access keys', () => {
  const scratch = scratchDirectory('secured-rocketmq');
  const directory = join(scratch, 'certificates');
  const paths = (name: string) => certificatePaths(directory, name);
  const admin = { accessKey: 'admin', accessSecret: 'secret-of-admin-1' };
  const rocketMq = new LocalRocketMq({
    dataDir: join(scratch, 'rocketmq'),
    ports: 0,
    heap: '512m',
    security: { ...paths('rocketmq'), admin },
  });
  const warnings: string[] = [];
  const endings: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const names = [...roles, 'rocketmq'];
    await makeDevelopmentCertificates({
      directory,
      roles: names,
      trustDomain: 'seckill',
      validMs: 3_600_000,
    });
    await rocketMq.start();
    await rocketMq.createTopology(projectTopology());
    await rocketMq.createUsers(loadUsers(), secretOf);
  }, 300_000);
  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
    warnings.length = 0;
  }, 60_000);
  afterAll(async () => {
    await rocketMq.stop();
    rmSync(scratch, { recursive: true, force: true });
  }, 90_000);

  const warn = (line: string, fields?: object) =>
    void warnings.push(`${line} ${JSON.stringify(fields ?? {})}`);
  const log = { log() {}, error() {}, warn };
  const warned = (words: RegExp) =>
    waitFor(`a warning ${words}`, () => warnings.find((line) => words.test(line)), { timeoutMs: 120_000 });

  /** The way of an app, with whatever is different. */
  const way = (user: string, different: Partial<RocketMqAccess> = {}) =>
    rocketMqConnection(
      {
        endpoints: rocketMq.endpoints,
        credentials: { accessKey: user, accessSecret: secretOf(user) },
        tls: true,
        caFile: paths('rocketmq').caFile,
        ...different,
      },
      log,
    );

  function producer(topic: string, ...access: Parameters<typeof way>): TopicProducer {
    const opened = new TopicProducer(topic, way(...access), { clock: systemClock, log });
    endings.push(() => opened.close());
    opened.start();
    return opened;
  }

  function consumer(...access: Parameters<typeof way>): GroupConsumer {
    const opened = new GroupConsumer(way(...access), {
      group: 'seckill-service',
      topics: ['seckill-purchase', 'seckill-purchase-retry'],
      invisibleMs: 3_000,
      pollMs: 1_000,
      clock: systemClock,
      log,
    });
    endings.push(() => opened.close());
    opened.start();
    return opened;
  }

  it('lets in who has the right key, and lets each do its part', async () => {
    const [gateway, service] = [producer('seckill-purchase', 'gateway'), consumer('seckill-service')];
    await Promise.all([gateway.connected(240_000), service.connected(240_000)]);
    expect({ gateway: gateway.status, service: service.status }).toEqual({
      gateway: 'connected',
      service: 'connected',
    });
    // A first attempt may have been too slow; none was refused.
    expect(warnings.filter((line) => /refuse|signature|permission|not found/.test(line))).toEqual([]);
    await gateway.send({ body: Buffer.from('a purchase') });
    const [message] = await waitFor(
      'the message',
      async () => {
        const got = await service.receive('seckill-purchase', 1);
        return got.length > 0 && got;
      },
      { timeoutMs: 120_000 },
    );
    expect(message!.body.toString()).toBe('a purchase');
    await message!.ack();
  }, 150_000);

  it.each([
    [
      'a wrong secret',
      'gateway',
      /producer of seckill-purchase: cannot connect.*check signature failed.*refuses the access key/,
    ],
    [
      'a user that there is not',
      'nobody',
      /producer of seckill-purchase: cannot connect.*User:nobody is not found.*refuses the access key/,
    ],
  ])(
    'refuses %s, and the log says so',
    async (_, accessKey, words) => {
      const refused = producer('seckill-purchase', 'gateway', {
        credentials: { accessKey, accessSecret: 'wrong' },
      });
      await warned(words);
      expect(refused.status).toBe('connecting');
    },
    90_000,
  );

  it('refuses a user what it was not granted, and the log says so', async () => {
    const gateway = consumer('gateway');
    await warned(/consumer of group seckill-service: cannot connect.*User:gateway has no permission/);
    expect(gateway.status).toBe('connecting');
    const service = producer('seckill-purchase', 'seckill-service');
    await warned(/producer of seckill-purchase: cannot connect.*User:seckill-service has no permission/);
    expect(service.status).toBe('connecting');
  }, 120_000);

  it('is refused itself when its certificate is of another authority, and the log says so', async () => {
    const stranger = await CertificateAuthority.create('not ours', new Date(Date.now() + 3_600_000));
    const caFile = join(scratch, 'stranger.pem');
    writeFileSync(caFile, stranger.cert);
    const careful = producer('seckill-purchase', 'gateway', { caFile });
    await warned(/^TLS: refused RocketMQ at 127\.0\.0\.1: wrong CA/);
    expect(careful.status).toBe('connecting');
  }, 90_000);

  it('takes nothing in plain text', async () => {
    const open = producer('seckill-purchase', 'gateway', { tls: false });
    await warned(/producer of seckill-purchase: cannot connect/);
    expect(open.status).toBe('connecting');
  }, 90_000);

  it('carries a whole sale, with mutual TLS between the apps', async () => {
    const env = (role: string) => ({
      TLS_CERT_FILE: paths(role).certFile,
      TLS_KEY_FILE: paths(role).keyFile,
      TLS_CA_FILE: paths(role).caFile,
      ROCKETMQ_TLS: 'true',
      ROCKETMQ_CA_FILE: paths('rocketmq').caFile,
      ROCKETMQ_ACCESS_KEY: role,
      ROCKETMQ_SECRET_KEY: secretOf(role),
    });
    const system = await System.start({
      env: Object.fromEntries(roles.map((role) => [role, env(role)])),
      rocketmq: { endpoints: rocketMq.endpoints },
    });
    endings.push(() => system.stop());
    await system.explain(async () => {
      const saleId = uniqueSaleId('secured');
      await system.putSale(saleId, { total: 50 });
      const recorder = new HistoryRecorder();
      const crowd = new Buyers({ gateways: system.gateways, token: userToken, connections: 32, recorder });
      const userIds = Array.from({ length: 200 }, (_, i) => `buyer-${i}`);
      const bought = await crowd.storm({ saleId, userIds, prefer: 'wait=10' });
      crowd.close();
      expect(bought.filter(({ last }) => last !== 'unknown' && last.decision === 'reserved')).toHaveLength(
        50,
      );
      expectIntact('secured', recorder.history([saleId]), await system.ledger([saleId]));
    });
  }, 240_000);
});
