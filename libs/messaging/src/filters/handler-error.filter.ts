import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';

/**
 * Hands on what a handler threw as it is. Nest's own filter makes "Internal server error" of everything that is no
 * RpcException; with this one the transport sees the error itself: a validation error is answered with its status and
 * details, and anything else is tried again, with its real message as the reason if it is parked in the end.
 *
 * For the process that handles: `app.useGlobalFilters(new HandlerErrorFilter())`.
 */
@Catch()
export class HandlerErrorFilter implements RpcExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}
