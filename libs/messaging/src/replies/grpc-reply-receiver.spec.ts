import { Client, credentials, status, type ServiceError } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { deliveryV1 } from '@seckill/contracts';
import fc from 'fast-check';
import { GrpcReplyReceiver } from './grpc-reply-receiver.js';
import type { Reply } from './reply-channel.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

function newReceiver() {
  return new GrpcReplyReceiver({ instanceId: 'web-1', host: '127.0.0.1', port: 0 });
}

/** A client of a receiver that holds every correlation id of its line up to `held`. */
function attach(receiver: GrpcReplyReceiver, held: number) {
  const got: number[] = [];
  const line = receiver.attach(({ correlationId }) => {
    const n = correlationId - line.firstCorrelationId;
    got.push(n);
    return n >= 0 && n < held;
  });
  cleanUps.push(() => line.close());
  return { line, got, id: (n: number) => line.firstCorrelationId + n };
}

/** Sends bytes as they are. @returns the ids that were not held, or the status of the refusal */
async function caller(port: number) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  cleanUps.push(() => client.close());
  const { path } = deliveryV1.DeliveryServiceService.deliver;
  const raw = (body: Buffer) =>
    new Promise<number[] | status>((resolve) => {
      client.makeUnaryRequest(
        path,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => deliveryV1.DeliverResponse.decode(bytes).notHeld,
        body,
        { deadline: Date.now() + 20_000 },
        (error: ServiceError | null, notHeld) => resolve(error ? error.code : notHeld!),
      );
    });
  const deliver = (results: Reply[], instanceId = 'web-1') =>
    raw(Buffer.from(deliveryV1.DeliverRequest.encode({ instanceId, results }).finish()));
  return { raw, deliver };
}

const reply = (correlationId: number): Reply => ({
  correlationId,
  requestId: 'r',
  outcome: { $case: 'payload', value: Buffer.from('1') },
  index: 0,
  more: false,
});

describe('GrpcReplyReceiver', () => {
  it('is shared by clients of one process: each gets the replies to its own requests only', async () => {
    const receiver = newReceiver();
    const [a, b] = [attach(receiver, 10), attach(receiver, 10)];
    await a.line.listen();
    await b.line.listen();
    const { deliver } = await caller(receiver.port);
    expect(await deliver([reply(a.id(1)), reply(b.id(2)), reply(a.id(99))])).toEqual([a.id(99)]);
    expect([a.got, b.got]).toEqual([[1, 99], [2]]);
  });

  it('stays open when one of its clients closes, and closes with the last one', async () => {
    const receiver = newReceiver();
    const [a, b] = [attach(receiver, 10), attach(receiver, 10)];
    await a.line.listen();
    await a.line.close();
    await b.line.listen();
    const { deliver } = await caller(receiver.port);
    expect(await deliver([reply(a.id(1)), reply(b.id(1))])).toEqual([a.id(1)]);
    expect([a.got, b.got]).toEqual([[], [1]]);
    await b.line.close();
    expect(await deliver([reply(b.id(2))])).toBe(status.UNAVAILABLE);
    expect(() => receiver.attach(() => true)).toThrow(/make a new one, with a new instance id/);
  });

  it('closes although it never listened', async () => {
    const { line } = attach(newReceiver(), 1);
    await line.close();
    await line.close();
  });

  it('never crashes, and never passes a reply to another client, for any bytes', async () => {
    const receiver = newReceiver();
    const [a, b] = [attach(receiver, 1_000), attach(receiver, 1_000)];
    await a.line.listen();
    const { raw, deliver } = await caller(receiver.port);
    const correlationId = fc.oneof(
      fc.maxSafeNat(),
      fc.nat(2_000).map((n) => a.id(n)),
      fc.nat(2_000).map((n) => b.id(n)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(correlationId, { maxLength: 20 }),
        fc.constantFrom('web-1', 'web-2', ''),
        async (garbage, ids, instanceId) => {
          // It is refused, or was a valid message by chance; the receiver survives in any case.
          await raw(Buffer.from(garbage));
          a.got.length = b.got.length = 0;
          const answer = await deliver(ids.map(reply), instanceId);
          const mine = (line: typeof a) =>
            ids.filter((id) => id >= line.id(0) && id <= line.id(2_000)).map((id) => id - line.id(0));
          if (instanceId !== 'web-1') {
            expect(answer).toBe(status.FAILED_PRECONDITION);
            expect([a.got, b.got]).toEqual([[], []]);
          } else {
            expect(a.got.filter((n) => n <= 2_000 && n >= 0)).toEqual(mine(a));
            expect(b.got.filter((n) => n <= 2_000 && n >= 0)).toEqual(mine(b));
            const held = [...mine(a), ...mine(b)].filter((n) => n < 1_000).length;
            expect(ids.length - (answer as number[]).length).toBe(held);
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(await deliver([reply(a.id(1))])).toEqual([]);
  }, 60_000);
});
