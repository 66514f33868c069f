import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import fc from 'fast-check';
import { inventoryV1 as v1 } from '@seckill/contracts';
import { freePorts } from '@seckill/embedded';
import { examplePurchase } from '@seckill/purchase';
import type { Running } from '@seckill/runtime';
import { TestLedger } from '../testing/ledger.js';
import { startInventory } from '../testing/start-inventory.js';

let ledger: TestLedger;
let running: Running;
let client: Client;
let saleId: string;
/** What the victim has bought. */
let requestId: string;

beforeAll(async () => {
  ledger = await TestLedger.start();
  const port = await freePorts(2);
  running = await startInventory(ledger, port);
  client = new Client(`127.0.0.1:${port + 1}`, credentials.createInsecure());
  saleId = await ledger.sale({ total: 1_000_000 });
  requestId = randomUUID();
  const purchase = examplePurchase({ requestId, saleId, userId: 'victim' });
  const { results } = await call('decide', { purchases: [purchase] });
  if (results[0]?.result?.$case !== 'outcome') throw new Error('the victim has bought nothing');
}, 120_000);
afterAll(async () => {
  client?.close();
  await running?.stop();
  await ledger?.remove();
}, 60_000);

/** Sends any bytes to a method. @returns the answer's bytes, or the error that it was refused with */
function send(path: string, body: Uint8Array): Promise<Buffer | ServiceError> {
  return new Promise((resolve) => {
    const asIs = (bytes: Uint8Array) => Buffer.from(bytes);
    const options = { deadline: Date.now() + 20_000 };
    client.makeUnaryRequest(path, asIs, asIs, body, new Metadata(), options, (error, answer) =>
      resolve(error ?? answer!),
    );
  });
}

async function call(method: 'decide', request: v1.DecideRequest): Promise<v1.DecideResponse> {
  const { path, requestSerialize, responseDeserialize } = v1.InventoryServiceService[method];
  const answer = await send(path, requestSerialize(request));
  if (!Buffer.isBuffer(answer)) throw answer;
  return responseDeserialize(answer);
}

/** Still there, and still the victim's. */
async function isIntact(): Promise<void> {
  const { path, requestSerialize, responseDeserialize } = v1.InventoryServiceService.getPurchase;
  const query = { requestId, saleId, userId: 'victim', decideByMs: 0, quantity: 0 };
  const answer = await send(path, requestSerialize(query));
  if (!Buffer.isBuffer(answer)) throw answer;
  expect(responseDeserialize(answer).outcome).toMatchObject({ requestId, userId: 'victim', quantity: 1 });
}

const methods = Object.values(v1.InventoryServiceService);
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.constantFrom('', '\0', "';--", 'ß'));
// What the wire cannot hold, no caller can send.
const whole = fc.oneof(
  fc.nat(),
  fc.constantFrom(0, 1, 2 ** 31 - 1, 1_001),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);
const moment = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, Date.now()));

describe('calls of any content', () => {
  it('are answered or refused when they are garbage, and change nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...methods),
        fc.uint8Array({ maxLength: 400 }),
        async ({ path }, bytes) => {
          await send(path, bytes);
        },
      ),
      { numRuns: 150 },
    );
    await isIntact();
  }, 120_000);

  it('that bring no purchases are not understood: they come from another version', async () => {
    await expect(call('decide', { purchases: [] })).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });

  it('decide about nothing that belongs to another user, and never tell of it', async () => {
    const purchase = fc.record({
      requestId: fc.oneof(text, fc.uuid(), fc.constant(''), fc.constantFrom('own')),
      saleId: fc.oneof(text, fc.constantFrom('own')),
      userId: fc.oneof(text, fc.constant('thief')),
      quantity: whole,
      acceptedAtMs: moment,
      decideByMs: moment,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(purchase.map(examplePurchase), { maxLength: 5 }), async (purchases) => {
        const aimed = purchases.map((one) => ({
          ...one,
          requestId: one.requestId === 'own' ? requestId : one.requestId,
          saleId: one.saleId === 'own' ? saleId : one.saleId,
        }));
        const answer = await send(
          v1.InventoryServiceService.decide.path,
          v1.InventoryServiceService.decide.requestSerialize({ purchases: aimed }),
        );
        if (!Buffer.isBuffer(answer)) return;
        for (const [i, { result }] of v1.DecideResponse.decode(answer).results.entries())
          if (result?.$case === 'outcome') expect(result.value.userId).toBe(aimed[i]!.userId);
      }),
      { numRuns: 150 },
    );
    await isIntact();
  }, 120_000);

  it('that ask for a purchase get those of the user that they name', async () => {
    const query = fc.record({
      requestId: fc.oneof(fc.constant('own'), text),
      userId: fc.oneof(text, fc.constant('thief')),
      decideByMs: moment,
      quantity: whole,
    });
    const { path, requestSerialize, responseDeserialize } = v1.InventoryServiceService.getPurchase;
    await fc.assert(
      fc.asyncProperty(query, async (one) => {
        const aimed = { ...one, saleId, requestId: one.requestId === 'own' ? requestId : one.requestId };
        const answer = await send(path, requestSerialize(aimed));
        if (Buffer.isBuffer(answer))
          expect(responseDeserialize(answer).outcome?.userId ?? one.userId).toBe(one.userId);
      }),
      { numRuns: 150 },
    );
    await isIntact();
  }, 120_000);
});
