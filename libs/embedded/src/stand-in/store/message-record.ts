import type { StoredMessage } from '../broker/store.js';

/** Format: version, time, length of the tag, tag, content. A missing tag differs from an empty one. */
const version = 1;
const headBytes = 11;
const noTag = 0xffff;

/** Encodes a message for the store. */
export function writeMessage({ storedAt, tag, content }: StoredMessage): Buffer {
  const tagBytes = tag === undefined ? 0 : Buffer.byteLength(tag);
  const record = Buffer.allocUnsafe(headBytes + tagBytes + content.length);
  record.writeUInt8(version, 0);
  record.writeDoubleBE(storedAt, 1);
  record.writeUInt16BE(tag === undefined ? noTag : tagBytes, 9);
  if (tag !== undefined) record.write(tag, headBytes, 'utf8');
  record.set(content, headBytes + tagBytes);
  return record;
}

/** @throws Error for a record of another version */
export function readMessage(record: Buffer): StoredMessage {
  if (record.readUInt8(0) !== version)
    throw new Error(`unsupported version ${record.readUInt8(0)} of a stored message`);
  const tagBytes = record.readUInt16BE(9);
  const tagEnd = headBytes + (tagBytes === noTag ? 0 : tagBytes);
  return {
    storedAt: record.readDoubleBE(1),
    tag: tagBytes === noTag ? undefined : record.toString('utf8', headBytes, tagEnd),
    content: record.subarray(tagEnd),
  };
}
