import { envelopeV1 } from '@seckill/contracts';
import { MalformedMessageError } from './errors.js';

/** One request as it travels in an envelope. */
export type EnvelopeRequest = envelopeV1.Request;

/** Requests of one pattern, and the address of their answers. */
export interface Envelope {
  /** Instance id of the waiting process; empty when no answer is wanted. */
  replyTo: string;
  requests: EnvelopeRequest[];
}

/** The version that this library writes. It also reads older ones. */
const ENVELOPE_VERSION = 1;

/** Most bytes that an envelope adds to a request's payload, ids and headers. */
const OVERHEAD_BYTES = 128;

/** Encodes an envelope as the body of a message. */
export function encodeEnvelope({ replyTo, requests }: Envelope): Buffer {
  return Buffer.from(envelopeV1.Envelope.encode({ version: ENVELOPE_VERSION, replyTo, requests }).finish());
}

/**
 * Decodes the body of a message.
 * @throws MalformedMessageError for garbage, an unknown version, or an envelope without requests
 */
export function decodeEnvelope(body: Uint8Array): Envelope {
  let decoded: envelopeV1.Envelope;
  try {
    decoded = envelopeV1.Envelope.decode(body);
  } catch (cause) {
    throw new MalformedMessageError('not an envelope', { cause });
  }
  const { version, replyTo, requests } = decoded;
  if (version === 0) throw new MalformedMessageError('not an envelope: it has no version');
  if (version > ENVELOPE_VERSION) {
    throw new MalformedMessageError(
      `envelope of version ${version}; this process reads up to ${ENVELOPE_VERSION}`,
    );
  }
  if (requests.length === 0) throw new MalformedMessageError('an envelope without requests');
  if (requests.some(({ requestId }) => requestId === '')) {
    throw new MalformedMessageError('an envelope with a request that has no id');
  }
  return { replyTo, requests };
}

/** Upper bound of the bytes that a request takes in an envelope. */
export function sizeOfRequest({ payload, requestId, orderingKey, headers }: EnvelopeRequest): number {
  let bytes = payload.length + requestId.length + orderingKey.length * 3 + OVERHEAD_BYTES;
  for (const key in headers) bytes += key.length + (headers[key] ?? '').length * 3 + 8;
  return bytes;
}
