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
  it('comes back as it went', () => {
    const sent = { replyTo: 'gateway-1', requests: [request(Buffer.from('a'), { traceparent: '00-…' })] };
    expect(decodeEnvelope(encodeEnvelope(sent))).toEqual(sent);
  });

  it('of a newer version is refused with its number', () => {
    const newer = envelopeV1.Envelope.encode({ version: 2, replyTo: '', requests: [] }).finish();
    expect(() => decodeEnvelope(newer)).toThrow(/version 2; this process reads up to 1/);
  });

  it('is never anything but an envelope or a MalformedMessageError, whatever the bytes', () => {
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

  it('is never larger than its requests were said to be', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        fc.dictionary(fc.string({ maxLength: 10 }), fc.string({ unit: 'binary', maxLength: 20 })),
        (payload, headers) => {
          const one = request(Buffer.from(payload), headers);
          const empty = encodeEnvelope({ replyTo: 'g', requests: [] }).length;
          expect(encodeEnvelope({ replyTo: 'g', requests: [one] }).length - empty).toBeLessThanOrEqual(
            sizeOfRequest(one),
          );
        },
      ),
    );
  });
});
