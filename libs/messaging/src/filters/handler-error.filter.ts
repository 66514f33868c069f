import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';

/**
 * Passes the error of a handler on unchanged. Nest's own filter replaces everything but an RpcException by "Internal
 * server error". With this one the transport sees the error itself: a validation error is answered with its status and
 * details, and any other error is retried, with its own message as the reason if it is parked in the end.
 *
 * For the process with the handlers: `app.useGlobalFilters(new HandlerErrorFilter())`.
 */
@Catch()
export class HandlerErrorFilter implements RpcExceptionFilter {
  catch(exception: unknown): Observable<never> {
    return throwError(() => exception);
  }
}
