import { Catch, Logger, type RpcExceptionFilter } from '@nestjs/common';
import { Metadata, status } from '@grpc/grpc-js';
import { RpcException } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import { FIELD_KEY, REASON_KEY, type InventoryReason } from '@seckill/inventory-client';
import { DatabaseUnavailableError } from '../database/database-errors.js';

/**
 * An error status with a reason for programs.
 * @param field with INVALID_ARGUMENT, the field that is wrong
 */
export function refusal(
  code: status,
  reason: InventoryReason,
  message: string,
  field?: string,
): RpcException {
  const metadata = new Metadata();
  metadata.set(REASON_KEY, reason);
  if (field !== undefined) metadata.set(FIELD_KEY, field);
  return new RpcException({ code, message, metadata });
}

/** Turns what handlers throw into gRPC statuses. */
@Catch()
export class RpcErrorFilter implements RpcExceptionFilter<unknown> {
  readonly #logger = new Logger('Inventory');

  catch(error: unknown): Observable<never> {
    if (error instanceof RpcException) return throwError(() => error.getError());
    if (error instanceof DatabaseUnavailableError) {
      return throwError(() => ({ code: status.UNAVAILABLE, message: error.message }));
    }
    this.#logger.error('unexpected error in gRPC handler', { error });
    return throwError(() => ({ code: status.INTERNAL, message: 'internal error of inventory, see its log' }));
  }
}
