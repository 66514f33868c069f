import { describe, expect, it } from '@jest/globals';
import { envelopeV1 } from '@seckill/contracts';
import fc from 'fast-check';
import { decodeEnvelope, encodeEnvelope, sizeOfRequest, type EnvelopeRequest } from './envelope.js';
import { MalformedMessageError } from './errors.js';

const request = (payload: Buffer, headers: Record<string, string> = {}): EnvelopeRequest => ({
  requestId: '0198c0de-0000-7000-8000-000000000000',
  correlationId: Number.MAX_SAFE_INTEGER,
  payload,
  sentAtMs: 1_795_300_000_000,
  expiresAtMs: 1_795_300_060_000,
  failures: 16,
  headers,
  orderingKey: '',
});

describe('an envelope', () => {
  it('is decoded as it was encoded', () => {
    const sent = { replyTo: 'gateway-1', requests: [request(Buffer.from('a'), { traceparent: '00-…' })] };
    expect(decodeEnvelope(encodeEnvelope(sent))).toEqual(sent);
  });

  // A rolling upgrade: this version reads what the previous one wrote, and the previous one reads what this one writes,
  // skipping unknown fields.
  it('is the same on the wire as when version 1 was frozen', () => {
    const before =
      '08011209676174657761792d311a320a03722d3110ffffffffffff3f1a077b226e223a317d' +
      '2080d095ffbc3128e0a499ffbc3130023a0a0a046c616e6712026465';
    const known = {
      requestId: 'r-1',
      correlationId: 2 ** 48 - 1,
      payload: Buffer.from('{"n":1}'),
      sentAtMs: 1_700_000_000_000,
      expiresAtMs: 1_700_000_060_000,
      failures: 2,
      headers: { lang: 'de' },
      orderingKey: '',
    };
    expect(decodeEnvelope(Buffer.from(before, 'hex'))).toEqual({ replyTo: 'gateway-1', requests: [known] });
    expect(encodeEnvelope({ replyTo: 'gateway-1', requests: [known] }).toString('hex')).toBe(before);
    const added = { ...known, orderingKey: 'order-7' };
    const now = encodeEnvelope({ replyTo: 'gateway-1', requests: [added] }).toString('hex');
    expect(now).toBe(before.replace('1a320a03', '1a3b0a03') + '42076f726465722d37');
  });

  it('with unknown fields is decoded without them', () => {
    const sent = { replyTo: 'gateway-1', requests: [request(Buffer.from('a'))] };
    const unknownField = Buffer.from([0x9a, 0x06, 0x02, 0x68, 0x69]);
    expect(decodeEnvelope(Buffer.concat([encodeEnvelope(sent), unknownField]))).toEqual(sent);
  });

  it('of a newer version is refused with its version number', () => {
    const newer = envelopeV1.Envelope.encode({ version: 2, replyTo: '', requests: [] }).finish();
    expect(() => decodeEnvelope(newer)).toThrow(/version 2; this process reads up to 1/);
  });

  it('is decoded or refused with a MalformedMessageError, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(decodeEnvelope(bytes).requests.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessageError);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('is never larger than the sum of sizeOfRequest', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        fc.dictionary(fc.string({ maxLength: 10 }), fc.string({ unit: 'binary', maxLength: 20 })),
        fc.string({ unit: 'binary', maxLength: 20 }),
        (payload, headers, orderingKey) => {
          const one = { ...request(Buffer.from(payload), headers), orderingKey };
          const empty = encodeEnvelope({ replyTo: 'g', requests: [] }).length;
          expect(encodeEnvelope({ replyTo: 'g', requests: [one] }).length - empty).toBeLessThanOrEqual(
            sizeOfRequest(one),
          );
        },
      ),
    );
  });
});
