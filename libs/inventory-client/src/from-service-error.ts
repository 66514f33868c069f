import { status, type ServiceError } from '@grpc/grpc-js';
import { InvalidInventoryRequestError, InventoryProtocolError, InventoryUnavailableError } from './errors.js';
import { FIELD_KEY, REASON_KEY } from './reasons.js';

/** A refusal with a reason. The caller of the method may expect it; otherwise it is a defect. */
export class RefusedCallError extends InventoryProtocolError {
  constructor(
    /** The value of `REASON_KEY`. */
    readonly reason: string,
    readonly details: string,
    cause: ServiceError,
  ) {
    super(`inventory refused unexpectedly, ${reason}: ${details}`, { cause });
  }
}

/** What grpc-js reports when the stream of a call broke. */
const BROKEN_STREAM = /RST_STREAM|without gRPC status|EPIPE|ECONN|socket/i;

/** The error for a failed call. */
export function fromServiceError(error: ServiceError): Error {
  switch (error.code) {
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
    case status.CANCELLED:
    // This process has a wrong certificate. Nothing was decided, and a renewed certificate is picked up: not the request's fault.
    case status.PERMISSION_DENIED:
    // Another service listens at a former address of inventory, or this version lacks the method.
    case status.UNIMPLEMENTED:
      return new InventoryUnavailableError(error.message, { cause: error });
    case status.INVALID_ARGUMENT:
      return new InvalidInventoryRequestError(wordOf(error, FIELD_KEY) ?? '', error.details, {
        cause: error,
      });
    default: {
      // A connection that ends during a call appears as INTERNAL; inventory itself never uses these words.
      if (error.code === status.INTERNAL && BROKEN_STREAM.test(error.details))
        return new InventoryUnavailableError(error.message, { cause: error });
      const reason = wordOf(error, REASON_KEY);
      return reason === undefined
        ? new InventoryProtocolError(`inventory failed: ${error.message}`, { cause: error })
        : new RefusedCallError(reason, error.details, error);
    }
  }
}

/** Whether a call failed without an answer, early enough to ask another instance. */
export function isWorthAskingElsewhere(error: unknown): boolean {
  if (!(error instanceof InventoryUnavailableError)) return false;
  const { code } = (error.cause ?? {}) as Partial<ServiceError>;
  return code === status.UNAVAILABLE || code === status.UNIMPLEMENTED;
}

function wordOf(error: ServiceError, key: string): string | undefined {
  const [word] = error.metadata.get(key);
  return typeof word === 'string' ? word : undefined;
}
