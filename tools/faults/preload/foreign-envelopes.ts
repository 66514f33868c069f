/*
 * Loaded with `--import` before a gateway of the fault driver, and never otherwise: its envelopes leave as those of
 * another version. FOREIGN_ENVELOPES=older leaves out the fields that came later, `newer` adds unknown ones.
 */

import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { envelopeV1 } from '@seckill/contracts';
import { TopicProducer, type OutgoingMessage } from '../../../libs/messaging/src/rocketmq/topic-producer.js';
import { around } from './reach.js';

/** Of a field that no version has: number and wire type (2, bytes). */
const UNKNOWN_FIELD = (1_000 << 3) | 2;
const unknown = new BinaryWriter().uint32(UNKNOWN_FIELD).string('of a version to come').finish();

function older(body: Uint8Array): Uint8Array {
  const envelope = envelopeV1.Envelope.decode(body);
  const requests = envelope.requests.map((request) => ({
    ...request,
    sentAtMs: 0,
    failures: 0,
    headers: {},
    orderingKey: '',
  }));
  return envelopeV1.Envelope.encode({ ...envelope, requests }).finish();
}

function newer(body: Uint8Array): Uint8Array {
  const { requests, ...rest } = envelopeV1.Envelope.decode(body);
  const writer = envelopeV1.Envelope.encode({ ...rest, requests: [] });
  for (const request of requests) {
    const known = envelopeV1.Request.encode(request).finish();
    // Field 3, wire type 2: the requests.
    writer.uint32((3 << 3) | 2).bytes(Buffer.concat([known, unknown]));
  }
  return Buffer.concat([writer.finish(), unknown]);
}

const { FOREIGN_ENVELOPES } = process.env;
if (FOREIGN_ENVELOPES !== 'older' && FOREIGN_ENVELOPES !== 'newer')
  throw new Error('FOREIGN_ENVELOPES is older or newer');
const rewrite = FOREIGN_ENVELOPES === 'older' ? older : newer;
around(TopicProducer.prototype, 'send', (run, args) => {
  const message = args[0] as OutgoingMessage;
  args[0] = { ...message, body: Buffer.from(rewrite(message.body)) };
  return run();
});
