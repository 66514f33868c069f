import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  credentials as grpcCredentials,
  Metadata,
  Server,
  status,
  type ChannelCredentials,
} from '@grpc/grpc-js';
import { ManualClock, waitFor } from '@seckill/clock';
import { deliveryV1 } from '@seckill/contracts';
import { CertificateAuthority, type CertificateRequest } from '@seckill/embedded';
import { CheckingChannelCredentials } from './channel-credentials.js';
import { CertificateFiles } from './certificate-files.js';
import { MutualTls } from './mutual-tls.js';

const inAnHour = new Date(Date.now() + 3_600_000);
const anHourAgo = new Date(Date.now() - 3_600_000);
const scratch = mkdtempSync(join(tmpdir(), 'mutual-tls-'));
const cleanUps: (() => unknown)[] = [];

let authority: CertificateAuthority;
let stranger: CertificateAuthority;

beforeAll(async () => {
  authority = await CertificateAuthority.create('ours', inAnHour);
  stranger = await CertificateAuthority.create('not ours', inAnHour);
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The log of a process, and a wait for a line of it. */
class Lines {
  readonly lines: string[] = [];
  log = (line: string) => void this.lines.push(line);
  warn = this.log;
  error = this.log;
  has(part: string): Promise<string> {
    return waitFor(`"${part}"`, () => this.lines.find((candidate) => candidate.includes(part)), {
      timeoutMs: 120_000,
    }).catch((cause: unknown) => {
      throw new Error(`no line has "${part}" in: ${this.lines.join('\n')}`, { cause });
    });
  }
}

let processes = 0;

/** The files of one process, and the process with them. */
class Party {
  readonly said = new Lines();
  readonly files;
  #tls: MutualTls | undefined;

  constructor(readonly role: string) {
    const at = (name: string) => join(scratch, `${processes}-${name}`);
    processes++;
    this.files = { certFile: at('cert'), keyFile: at('key'), caFile: at('ca'), trustDomain: 'seckill' };
  }

  async has(from = authority, request: Partial<CertificateRequest> = {}, trusted = authority): Promise<this> {
    const { role } = this;
    const { cert, key } = await from.issue({
      name: role,
      uri: `spiffe://seckill/${role}`,
      validTo: inAnHour,
      ...request,
    });
    writeFileSync(this.files.certFile, cert);
    writeFileSync(this.files.keyFile, key);
    writeFileSync(this.files.caFile, trusted.cert);
    return this;
  }

  get tls(): MutualTls {
    if (!this.#tls) {
      const opened = new MutualTls(this.files, { log: this.said, everyMs: 20 });
      cleanUps.push(() => opened.close());
      this.#tls = opened;
    }
    return this.#tls;
  }
}

/** A gateway that takes results, from seckill-service alone. */
async function gateway(party: Party): Promise<number> {
  const server = new Server();
  const deliver: deliveryV1.DeliveryServiceServer['deliver'] = (_, callback) =>
    callback(null, { notHeld: [7] });
  server.addService(deliveryV1.DeliveryServiceService, { deliver });
  const listening = await party.tls.bindFor('seckill-service')(server, '127.0.0.1', 0);
  cleanUps.push(() => {
    listening.close();
    server.forceShutdown();
  });
  return listening.port;
}

function client(port: number, credentials: ChannelCredentials): deliveryV1.DeliveryServiceClient {
  const opened = new deliveryV1.DeliveryServiceClient(`127.0.0.1:${port}`, credentials, {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 100,
  });
  cleanUps.push(() => opened.close());
  return opened;
}

/** 'OK', or the status of the refusal with its words. */
function deliver(client: deliveryV1.DeliveryServiceClient): Promise<string> {
  const deadline = Date.now() + 20_000;
  return new Promise((resolve) => {
    client.deliver(
      { instanceId: 'gateway-1', results: [] },
      new Metadata(),
      { deadline },
      (error, response) =>
        resolve(
          error ? `${status[error.code]}: ${error.details}` : response.notHeld.join() === '7' ? 'OK' : 'odd',
        ),
    );
  });
}

const parties = () => Promise.all([new Party('gateway').has(), new Party('seckill-service').has()]);

describe('mutual TLS', () => {
  it('connects processes with the right certificates', async () => {
    const [callee, caller] = await parties();
    expect(await deliver(client(await gateway(callee), caller.tls.credentialsTo('gateway')))).toBe('OK');
    expect([...callee.said.lines, ...caller.said.lines]).toEqual([]);
  });

  it('refuses a caller without a certificate, and logs it', async () => {
    const [callee, caller] = await parties();
    const log = caller.said;
    const bare = new CertificateFiles({ caFile: caller.files.caFile, log });
    cleanUps.push(() => bare.close());
    const check = {
      name: 'gateway',
      minVersion: 'TLSv1.3' as const,
      problemOf: () => undefined,
      onRefused: () => {},
    };
    const answer = await deliver(client(await gateway(callee), new CheckingChannelCredentials(bare, check)));
    expect(answer).toMatch(/^UNAVAILABLE/);
    expect(await callee.said.has('no certificate')).toBe('TLS: refused 127.0.0.1: no certificate');
  });

  it('refuses a caller whose certificate is of another authority, and logs it', async () => {
    const [callee, caller] = await parties();
    await caller.has(stranger);
    const answer = await deliver(client(await gateway(callee), caller.tls.credentialsTo('gateway')));
    expect(answer).toMatch(/^UNAVAILABLE/);
    expect(await callee.said.has('refused')).toMatch(/^TLS: refused 127\.0\.0\.1: wrong CA \(\w+\)$/);
  });

  it('refuses a caller whose certificate has expired, and logs it', async () => {
    const [callee, caller] = await parties();
    await caller.has(authority, { validFrom: new Date(anHourAgo.getTime() - 1_000), validTo: anHourAgo });
    const answer = await deliver(client(await gateway(callee), caller.tls.credentialsTo('gateway')));
    expect(answer).toMatch(/^UNAVAILABLE/);
    expect(await callee.said.has('refused')).toBe('TLS: refused 127.0.0.1: its certificate has expired');
    expect(await caller.said.has('other processes will refuse this one')).toContain(
      'spiffe://seckill/seckill-service',
    );
  });

  it('denies a caller of another role each call, and logs it', async () => {
    const [callee] = await parties();
    const inventory = await new Party('inventory').has();
    const calls = client(await gateway(callee), inventory.tls.credentialsTo('gateway'));
    const denied = 'PERMISSION_DENIED: only seckill-service may call this service';
    expect([await deliver(calls), await deliver(calls)]).toEqual([denied, denied]);
    expect(callee.said.lines).toEqual([
      'TLS: refused 127.0.0.1: wrong identity: URI:spiffe://seckill/inventory',
    ]);
  });

  it.each([
    ['another trust domain', { uri: 'spiffe://elsewhere/seckill-service' }],
    ['no identity', { uri: undefined, hosts: ['seckill-service'] }],
    [
      'a host name that looks like an identity',
      { uri: undefined, hosts: ['x, URI:spiffe://seckill/seckill-service'] },
    ],
  ])('denies a caller with %s', async (_, { uri, ...request }) => {
    const [callee, caller] = await parties();
    await caller.has(authority, { ...request, ...(uri === undefined ? { uri: 'urn:x' } : { uri }) });
    const answer = await deliver(client(await gateway(callee), caller.tls.credentialsTo('gateway')));
    expect(answer).toMatch(/^PERMISSION_DENIED/);
    await callee.said.has('wrong identity');
  });

  it.each([
    ['is of another role', 'wrong identity', async () => new Party('inventory').has()],
    ['is of another authority', 'wrong CA', async () => new Party('gateway').has(stranger)],
    [
      'has expired',
      'its certificate has expired',
      async () =>
        new Party('gateway').has(authority, {
          validFrom: new Date(anHourAgo.getTime() - 1_000),
          validTo: anHourAgo,
        }),
    ],
  ])('lets a client refuse a server whose certificate %s, and logs it', async (_, why, make) => {
    const [, caller] = await parties();
    const callee = await make();
    const answer = await deliver(client(await gateway(callee), caller.tls.credentialsTo('gateway')));
    expect(answer).toMatch(/^UNAVAILABLE/);
    expect(await caller.said.has('refused')).toContain(`TLS: refused gateway at 127.0.0.1: ${why}`);
  });

  it('refuses and logs a caller without TLS; a probe that only connects is no refusal', async () => {
    const [callee] = await parties();
    const port = await gateway(callee);
    await new Promise<void>((resolve) => {
      const probe = connectPlain(port, '127.0.0.1', () => probe.end(() => resolve()));
    });
    expect(await deliver(client(port, grpcCredentials.createInsecure()))).toMatch(/^UNAVAILABLE/);
    expect(await callee.said.has('refused')).toBe('TLS: refused 127.0.0.1: not a TLS connection');
    expect(callee.said.lines).toHaveLength(1);
  });

  it('reloads changed certificates at both ends, and keeps existing connections', async () => {
    const [callee, caller] = await parties();
    const port = await gateway(callee);
    const existing = client(port, caller.tls.credentialsTo('gateway'));
    const credentials = caller.tls.credentialsTo('gateway');
    expect(await deliver(existing)).toBe('OK');

    await callee.has(stranger, {}, stranger);
    await callee.said.has('reloaded changed files: URI:spiffe://seckill/gateway, valid until');
    expect(await deliver(client(port, credentials))).toMatch(/^UNAVAILABLE/);
    expect(await deliver(existing)).toBe('OK');

    await caller.has(stranger, {}, stranger);
    await caller.said.has('reloaded changed files: URI:spiffe://seckill/seckill-service');
    expect(await deliver(client(port, credentials))).toBe('OK');
    expect(await deliver(existing)).toBe('OK');
  });

  it('speaks TLS 1.3 only, also after a change of its files', async () => {
    const [callee, caller] = await parties();
    const port = await gateway(callee);
    const { cert, key, ca } = {
      cert: readFileSync(caller.files.certFile),
      key: readFileSync(caller.files.keyFile),
      ca: readFileSync(caller.files.caFile),
    };
    const speak = (maxVersion: 'TLSv1.2' | 'TLSv1.3') =>
      new Promise<string>((resolve) => {
        const options = {
          host: '127.0.0.1',
          port,
          cert,
          key,
          ca,
          maxVersion,
          checkServerIdentity: () => undefined,
        };
        const socket = connectSecurely(
          options,
          () => (resolve(String(socket.getProtocol())), socket.destroy()),
        );
        socket.on('error', () => resolve('refused'));
      });
    expect(await speak('TLSv1.2')).toBe('refused');
    await callee.has();
    await callee.said.has('reloaded changed files');
    expect(await speak('TLSv1.2')).toBe('refused');
    expect(await speak('TLSv1.3')).toBe('TLSv1.3');
  });

  it('accepts a caller that was denied once it presents another certificate', async () => {
    const [callee, caller] = await parties();
    await caller.has(authority, { uri: 'spiffe://seckill/inventory' });
    const calls = client(await gateway(callee), caller.tls.credentialsTo('gateway'));
    expect(await deliver(calls)).toMatch(/^PERMISSION_DENIED/);
    await caller.has();
    await caller.said.has('reloaded changed files');
    const deadline = Date.now() + 20_000;
    while ((await deliver(calls)) !== 'OK') expect(Date.now()).toBeLessThan(deadline);
  }, 30_000);

  it('keeps the certificates that it has while those on disk cannot be used', async () => {
    const [callee, caller] = await parties();
    const port = await gateway(callee);
    const { keyFile } = callee.files;
    writeFileSync(keyFile, (await authority.issue({ name: 'x', validTo: inAnHour })).key);
    expect(await callee.said.has('keeping the previous ones')).toContain(`${keyFile} is not the key of`);
    rmSync(keyFile);
    await callee.said.has('ENOENT');
    expect(await deliver(client(port, caller.tls.credentialsTo('gateway')))).toBe('OK');
    await callee.has();
    await callee.said.has('reloaded changed files');
  });

  it('ends its connections when the server is shut down', async () => {
    const [callee, caller] = await parties();
    const server = new Server();
    const bound = await callee.tls.bindFor('seckill-service')(server, '127.0.0.1', 0);
    const calls = client(bound.port, caller.tls.credentialsTo('gateway'));
    expect(await deliver(calls)).toMatch(/^UNIMPLEMENTED/);
    bound.close();
    await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    expect(await deliver(calls)).toMatch(/^UNAVAILABLE/);
  });

  it('refuses to start with files that cannot be used, in one line', async () => {
    const party = await new Party('gateway').has();
    writeFileSync(party.files.caFile, '');
    expect(() => party.tls).toThrow(`${party.files.caFile} cannot be used: `);
    rmSync(party.files.certFile);
    expect(() => party.tls).toThrow(/^cannot read a TLS file: ENOENT.*cert'$/);
  });

  it('logs a refusal that repeats itself once in ten seconds', async () => {
    const { Refusals } = await import('./refusals.js');
    const clock = new ManualClock();
    const said = new Lines();
    const refusals = new Refusals(said, clock);
    for (let second = 0; second < 21; second++) {
      refusals.log('10.0.0.1', 'no certificate');
      await clock.advance(1_000);
    }
    refusals.log('10.0.0.2', 'no certificate');
    expect(said.lines).toEqual([
      'TLS: refused 10.0.0.1: no certificate',
      'TLS: refused 10.0.0.1: no certificate (repeated 9 times since the last line)',
      'TLS: refused 10.0.0.1: no certificate (repeated 9 times since the last line)',
      'TLS: refused 10.0.0.2: no certificate',
    ]);
  });
});
