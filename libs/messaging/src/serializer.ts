/** What a serializer knows about a payload. */
export interface PayloadFacts {
  /** The pattern of the request, also for an answer to it. */
  pattern: string;
}

/** Converts payloads to bytes and back. Both ends of a pattern must use the same one. */
export interface PayloadSerializer {
  serialize(value: unknown, facts: PayloadFacts): Buffer;
  /** May throw; the request is then parked, or its caller gets the error. */
  deserialize(bytes: Buffer, facts: PayloadFacts): unknown;
}

/** JSON in UTF-8. `undefined` is encoded as zero bytes. */
export const jsonSerializer = {
  serialize: (value: unknown): Buffer =>
    value === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(value)),
  deserialize: (bytes: Buffer): unknown =>
    bytes.length === 0 ? undefined : JSON.parse(bytes.toString('utf8')),
} satisfies PayloadSerializer;
