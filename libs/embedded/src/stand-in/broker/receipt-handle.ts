import { code, RefusedError } from './refused-error.js';

/** Identifies one delivery of one message. Topic and group are separate fields of each call. */
export interface ReceiptHandle {
  readonly queue: number;
  readonly offset: number;
  readonly leaseId: string;
}

/** Encodes a handle for a consumer. */
export function writeHandle({ queue, offset, leaseId }: ReceiptHandle): string {
  return `${queue}.${offset}.${leaseId}`;
}

/** @throws RefusedError for a malformed handle */
export function readHandle(text: string): ReceiptHandle {
  const match = /^(\d{1,4})\.(\d{1,15})\.([\w-]{1,64})$/.exec(text);
  if (!match) throw new RefusedError(code.invalidReceiptHandle, `${text} is not a receipt handle`);
  return { queue: Number(match[1]), offset: Number(match[2]), leaseId: match[3]! };
}
