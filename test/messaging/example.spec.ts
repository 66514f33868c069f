import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  scratchDirectory,
  startEmbeddedPostgres,
  startEmbeddedRocketMQ,
  type EmbeddedPostgres,
  type EmbeddedRocketMq,
} from '@seckill/embedded';
import { startWeb } from '../../libs/messaging/examples/greeter/web.js';
import { startWorker } from '../../libs/messaging/examples/greeter/worker.js';

describe('the example of libs/messaging', () => {
  const rocketMqDir = mkdtempSync(join(tmpdir(), 'example-'));
  const postgresDir = scratchDirectory('example');
  let rocketMq: EmbeddedRocketMq;
  let postgres: EmbeddedPostgres;
  beforeAll(async () => {
    rocketMq = await startEmbeddedRocketMQ({
      dataDir: rocketMqDir,
      topics: [
        { name: 'greetings', type: 'NORMAL', queues: 4 },
        { name: 'greetings-retry', type: 'DELAY', queues: 1 },
        { name: 'greetings-dead', type: 'NORMAL', queues: 1 },
      ],
      groups: [{ name: 'greeter', maxRetries: 1_000_000 }],
    });
    postgres = await startEmbeddedPostgres({
      dataDir: postgresDir,
      databases: ['registry'],
      fromTemplate: true,
    });
  }, 120_000);
  afterAll(async () => {
    await rocketMq?.stop();
    await postgres?.stop();
    for (const directory of [rocketMqDir, postgresDir]) rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  it('answers over HTTP what a worker said, at each of two web processes', async () => {
    const url = postgres.url('registry');
    const endWorker = await startWorker(rocketMq.endpoints, url);
    const webs = [await startWeb(rocketMq.endpoints, url), await startWeb(rocketMq.endpoints, url)];
    for (const web of webs) {
      const greeted = await fetch(`${web.url}/greet/fr/Ada`);
      expect([greeted.status, await greeted.text()]).toEqual([200, 'Bonjour, Ada!']);
      const refused = await fetch(`${web.url}/greet/tlh/Ada`);
      expect([refused.status, await refused.json()]).toMatchObject([
        404,
        { message: 'no greeting in language tlh', code: 'NOT_FOUND' },
      ]);
    }
    await Promise.all(webs.map((web) => web.end()));
    await endWorker();
  }, 120_000);
});
