import { Catch, HttpException, HttpStatus, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { RequestError, type RequestRefusedError } from '../errors.js';

/** Seconds after which a caller may retry after a 503. */
const RETRY_AFTER_SECONDS = '1';

/**
 * Maps a request without an answer to an HTTP response: 503 with Retry-After when it was certainly not sent, 504 when
 * it may still be handled. When the handler refused it: the 4xx status of the Nest HTTP exception that it threw,
 * otherwise 422.
 *
 * For the process with the client: `app.useGlobalFilters(new RequestErrorFilter(app.getHttpAdapter()))`.
 */
@Catch(RequestError)
export class RequestErrorFilter extends BaseExceptionFilter<RequestError> {
  override catch(error: RequestError, host: ArgumentsHost): void {
    const status = statusOf(error);
    const adapter = this.applicationRef ?? this.httpAdapterHost?.httpAdapter;
    if (status === HttpStatus.SERVICE_UNAVAILABLE) {
      adapter?.setHeader(host.getArgByIndex(1), 'retry-after', RETRY_AFTER_SECONDS);
    }
    const { kind, requestId } = error;
    const answer = { statusCode: status, error: kind, requestId, ...describe(error) };
    super.catch(new HttpException(answer, status, { cause: error }) as never, host);
  }
}

function statusOf(error: RequestError): number {
  switch (error.kind) {
    case 'not-sent':
      return HttpStatus.SERVICE_UNAVAILABLE;
    case 'closed':
      return 'certain' in error && error.certain === true
        ? HttpStatus.SERVICE_UNAVAILABLE
        : HttpStatus.GATEWAY_TIMEOUT;
    case 'maybe-sent':
    case 'timeout':
    case 'incomplete':
      return HttpStatus.GATEWAY_TIMEOUT;
    case 'refused':
      return ownStatus(error as RequestRefusedError) ?? HttpStatus.UNPROCESSABLE_ENTITY;
  }
}

function describe(error: RequestError): object {
  if (error.kind !== 'refused') return { message: error.message };
  const { code, reason, details } = error as RequestRefusedError;
  return { code, message: reason, ...(details !== undefined && { details }) };
}

/** The status of the HTTP exception that the handler threw. */
function ownStatus({ details }: RequestRefusedError): number | undefined {
  if (typeof details !== 'object' || details === null || !('statusCode' in details)) return undefined;
  const { statusCode } = details;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}
