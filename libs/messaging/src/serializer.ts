/** What a serializer is told of a payload. */
export interface PayloadFacts {
  /** The pattern that the request is sent to. Of an answer, too. */
  pattern: string;
}

/** Turns payloads into bytes and back. Both ends of a pattern must agree on one. */
export interface PayloadSerializer {
  serialize(value: unknown, facts: PayloadFacts): Buffer;
  /** May throw; the message is parked then, or the answer given up. */
  deserialize(bytes: Buffer, facts: PayloadFacts): unknown;
}

/** JSON in UTF-8. `undefined` travels as no bytes at all. */
export const jsonSerializer = {
  serialize: (value: unknown): Buffer =>
    value === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(value)),
  deserialize: (bytes: Buffer): unknown =>
    bytes.length === 0 ? undefined : JSON.parse(bytes.toString('utf8')),
} satisfies PayloadSerializer;
