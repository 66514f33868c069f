import { status, type ServiceError } from '@grpc/grpc-js';
import { InvalidInventoryRequestError, InventoryProtocolError, InventoryUnavailableError } from './errors.js';
import { FIELD_KEY, REASON_KEY } from './reasons.js';

/** A refusal with a reason. Whoever made the call understands it; for anybody else it is unexpected. */
export class RefusedCallError extends InventoryProtocolError {
  constructor(
    /** The word under `REASON_KEY`. */
    readonly reason: string,
    readonly details: string,
    cause: ServiceError,
  ) {
    super(`inventory refused unexpectedly, ${reason}: ${details}`, { cause });
  }
}

/** How grpc-js begins when the stream of a call broke. */
const BROKEN_STREAM = /RST_STREAM|without gRPC status|EPIPE|ECONN|socket/i;

/** What a failed call is turned into. */
export function fromServiceError(error: ServiceError): Error {
  switch (error.code) {
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
    case status.CANCELLED:
    // This process has a wrong certificate. Nothing was decided, and a mended one is taken up: no fault of the request.
    case status.PERMISSION_DENIED:
    // Something else listens at an address that was inventory's: as good as nobody.
    case status.UNIMPLEMENTED:
      return new InventoryUnavailableError(error.message, { cause: error });
    case status.INVALID_ARGUMENT:
      return new InvalidInventoryRequestError(wordOf(error, FIELD_KEY) ?? '', error.details, {
        cause: error,
      });
    default: {
      // A connection that ends in the middle of a call comes as INTERNAL; inventory itself never says these words.
      if (error.code === status.INTERNAL && BROKEN_STREAM.test(error.details))
        return new InventoryUnavailableError(error.message, { cause: error });
      const reason = wordOf(error, REASON_KEY);
      return reason === undefined
        ? new InventoryProtocolError(`inventory failed: ${error.message}`, { cause: error })
        : new RefusedCallError(reason, error.details, error);
    }
  }
}

/** Whether a call failed for want of an answer, with time left to ask somebody else. */
export function isWorthAskingElsewhere(error: unknown): boolean {
  if (!(error instanceof InventoryUnavailableError)) return false;
  const { code } = (error.cause ?? {}) as Partial<ServiceError>;
  return code === status.UNAVAILABLE || code === status.UNIMPLEMENTED;
}

function wordOf(error: ServiceError, key: string): string | undefined {
  const [word] = error.metadata.get(key);
  return typeof word === 'string' ? word : undefined;
}
