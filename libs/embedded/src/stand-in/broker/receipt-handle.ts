import { code, RefusedError } from './refused-error.js';

/** Which delivery of which message is meant. Topic and group stand beside it in every call. */
export interface ReceiptHandle {
  readonly queue: number;
  readonly offset: number;
  readonly leaseId: string;
}

/** The text that a consumer is given. */
export function writeHandle({ queue, offset, leaseId }: ReceiptHandle): string {
  return `${queue}.${offset}.${leaseId}`;
}

/** @throws RefusedError for a text that was never given to anybody */
export function readHandle(text: string): ReceiptHandle {
  const match = /^(\d{1,4})\.(\d{1,15})\.([\w-]{1,64})$/.exec(text);
  if (!match) throw new RefusedError(code.invalidReceiptHandle, `${text} is no receipt handle`);
  return { queue: Number(match[1]), offset: Number(match[2]), leaseId: match[3]! };
}
