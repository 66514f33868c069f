/** Turns payloads into bytes and back. Both ends of a pattern must agree on one. */
export interface PayloadSerializer {
  serialize(value: unknown): Buffer;
  /** May throw; the message is parked then, or the answer given up. */
  deserialize(bytes: Buffer): unknown;
}

/** JSON in UTF-8. `undefined` travels as no bytes at all. */
export const jsonSerializer: PayloadSerializer = {
  serialize: (value) => (value === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(value))),
  deserialize: (bytes) => (bytes.length === 0 ? undefined : JSON.parse(bytes.toString('utf8'))),
};
