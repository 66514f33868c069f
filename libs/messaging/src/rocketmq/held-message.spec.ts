import { describe, expect, it } from '@jest/globals';
import type { MessageView } from 'rocketmq-client-nodejs';
import { HeldMessage, type MessageCalls } from './held-message.js';

/** A broker that knows one message, and takes a call only with the newest receipt handle. */
function setUp({ failAcks = 0 } = {}) {
  const calls: string[] = [];
  let handle = 1;
  let acksToFail = failAcks;
  const view = { messageId: 'm', topic: 't', tag: 'p', body: Buffer.alloc(0), receiptHandle: '1' };
  const message = view as unknown as MessageView & { receiptHandle: string };
  const landings: (() => void)[] = [];
  const inFlight = () => new Promise<void>((resolve) => landings.push(resolve));
  const broker: MessageCalls = {
    async ackChecked({ receiptHandle }) {
      calls.push(`ack ${receiptHandle}`);
      await inFlight();
      if (acksToFail-- > 0 || receiptHandle !== String(handle)) throw new Error('refused');
    },
    async changeInvisibleDuration(changed, ms) {
      calls.push(`renew ${changed.receiptHandle} ${ms}`);
      await inFlight();
      (changed as { receiptHandle: string }).receiptHandle = String(++handle);
    },
  };
  let settled = 0;
  const held = new HeldMessage(broker, message, 0, 3_000, () => settled++);
  const land = async () => {
    for (let quiet = 0; quiet < 5; quiet++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (landings.length > 0) quiet = 0;
      for (const resolve of landings.splice(0)) resolve();
    }
  };
  return { held, calls, land, settled: () => settled };
}

describe('HeldMessage', () => {
  it('acks with the handle of a renewal that was in progress', async () => {
    const { held, calls, land } = setUp();
    held.renewIfDue(1_500);
    const acked = held.ack();
    await land();
    expect(await acked).toBe(true);
    expect(calls).toEqual(['renew 1 3000', 'ack 2']);
  });

  it('is renewed when half of its invisible time is over, not before and not twice', async () => {
    const { held, calls, land } = setUp();
    held.renewIfDue(1_499);
    held.renewIfDue(1_500);
    held.renewIfDue(1_501);
    await land();
    held.renewIfDue(3_000);
    await land();
    expect(calls).toEqual(['renew 1 3000', 'renew 2 3000']);
  });

  it('retries an ack, and reports when the broker does not accept it', async () => {
    const { held, calls, land, settled } = setUp({ failAcks: 3 });
    const acked = held.ack();
    await land();
    expect(await acked).toBe(false);
    expect(calls).toHaveLength(3);
    expect(settled()).toBe(1);
  });

  it('is not renewed once it is settled', async () => {
    const { held, calls, land, settled } = setUp();
    const acked = held.ack();
    await land();
    await acked;
    held.renewIfDue(9_000);
    await held.release(10);
    expect(await held.ack()).toBe(false);
    expect(calls).toEqual(['ack 1']);
    expect(settled()).toBe(1);
  });

  it('is released early when it cannot be settled here', async () => {
    const { held, calls, land, settled } = setUp();
    const released = held.release(1_000);
    await land();
    await released;
    expect(calls).toEqual(['renew 1 1000']);
    expect(settled()).toBe(1);
  });
});
