import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { certificatePaths, makeDevelopmentCertificates, scratchDirectory } from '@seckill/embedded';
import { Buyers, HistoryRecorder, uniqueSaleId } from '@tools/load';
import { field, location, Requests, System, userToken, waitFor } from '@tools/testbed';
import { sharedRocketMq } from '../support/real-rocketmq.js';
import { expectIntact } from '../support/verdict.js';

const roles = ['gateway', 'seckill-service', 'inventory'] as const;
const BUYERS = 400;
const STOCK = 100;

describe('a system whose every gRPC hop is mutual TLS', () => {
  let system: System;
  const scratch = scratchDirectory('mutual-tls');
  const directory = join(scratch, 'certificates');
  const requests = new Requests();
  const renew = () =>
    makeDevelopmentCertificates({ directory, roles, trustDomain: 'seckill', validMs: 3_600_000 });
  const env = (role: string) => {
    const { certFile, keyFile, caFile } = certificatePaths(directory, role);
    return { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_CA_FILE: caFile };
  };
  beforeAll(async () => {
    mkdirSync(scratch, { recursive: true });
    await renew();
    system = await System.start({
      env: Object.fromEntries(roles.map((role) => [role, env(role)])),
      instances: { 'seckill-service': 2 },
      ...sharedRocketMq(),
    });
  }, 240_000);
  afterAll(async () => {
    requests.close();
    await system?.stop();
    rmSync(scratch, { recursive: true, force: true });
  }, 60_000);

  it(
    'sells what there is, and tells everybody on the request that they hold open',
    () =>
      system.explain(async () => {
        const saleId = uniqueSaleId('tls');
        await system.putSale(saleId, { total: STOCK });
        // The first connections are made before many wait: what cannot be brought in 2 s is left to be read.
        const before = uniqueSaleId('before');
        await system.putSale(before, { total: 2 });
        for (const gateway of system.gateways)
          expect((await requests.buy(gateway, before, 'first')).status).toBe(201);
        const recorder = new HistoryRecorder();
        const crowd = new Buyers({ gateways: system.gateways, token: userToken, connections: 64, recorder });
        const userIds = Array.from({ length: BUYERS }, (_, i) => `buyer-${i}`);
        const bought = await crowd.storm({ saleId, userIds, prefer: 'wait=10' });
        crowd.close();
        const told = bought.map(({ last }) => (last === 'unknown' ? last : last.status));
        expect(told.filter((status) => status === 201)).toHaveLength(STOCK);
        expect(told.filter((status) => status === 409)).toHaveLength(BUYERS - STOCK);
        expectIntact('mutual TLS', recorder.history([saleId]), await system.ledger([saleId]));
        expect(system.processes.map(({ log }) => log).join('\n')).not.toContain('TLS: refused');
      }),
    120_000,
  );

  it(
    'goes on with certificates that were renewed while it ran',
    () =>
      system.explain(async () => {
        await renew();
        for (const instance of system.processes)
          await waitFor(`${instance.name} with the new files`, () =>
            instance.log.includes('reloaded changed files'),
          );
        const saleId = uniqueSaleId('renewed');
        await system.putSale(saleId, { total: 2 });
        expect((await requests.buy(system.gateways[0]!, saleId, 'alice')).status).toBe(201);
        const next = await system.startApp('gateway');
        expect((await requests.buy(next.url, saleId, 'bob')).status).toBe(201);
      }),
    120_000,
  );

  it(
    'brings no result to a gateway that shows the certificate of another role, and says so; the outcome stays',
    () =>
      system.explain(async () => {
        const saleId = uniqueSaleId('impostor');
        await system.putSale(saleId, { total: 1 });
        const impostor = await system.startApp('gateway', { env: env('seckill-service') });
        const told = await requests.buy(impostor.url, saleId, 'carol', { prefer: 'wait=3' });
        expect(told.status).toBe(202);
        const services = system.instances('seckill-service');
        await waitFor('the refusal in a log', () =>
          services.some(({ log }) =>
            log.includes(
              'refused gateway at 127.0.0.1: wrong identity: URI:spiffe://seckill/seckill-service',
            ),
          ),
        );
        const read = await requests.get(system.gateways[0]!, location(told), 'carol');
        expect(field(read, 'status')).toBe('reserved');
        await impostor.stop();
      }),
    120_000,
  );

  it('does not start with some of the files alone, and says in one line what to set', async () => {
    const { TLS_CERT_FILE } = env('gateway');
    const partly = { TLS_CERT_FILE, TLS_KEY_FILE: '', TLS_CA_FILE: '' };
    await expect(system.startApp('gateway', { env: partly })).rejects.toThrow(
      /cannot start: set TLS_KEY_FILE: a PEM file with its private key.*; set TLS_CA_FILE:/,
    );
  }, 60_000);
});
