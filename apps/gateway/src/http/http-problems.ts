import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import type { ProblemName } from './problem-types.js';
import { PROBLEM_CONTENT_TYPE, sendProblem } from './problem.js';

/** Statuses that Nest and Fastify send by themselves, and the problem for each. */
const byStatus: Record<number, ProblemName> = {
  400: 'invalid-request',
  404: 'not-found',
  413: 'payload-too-large',
  414: 'uri-too-long',
  415: 'unsupported-media-type',
};

/** Sends a refusal by the framework: with its problem type if it has one, otherwise as about:blank (RFC 9457, 4.2.1). */
export function sendHttpProblem(reply: FastifyReply, status: number, detail: string, field = 'body'): void {
  const name = byStatus[status];
  if (name) {
    const errors = name === 'invalid-request' ? { errors: [{ field, message: detail }] } : {};
    return sendProblem(reply, name, detail, errors);
  }
  reply
    .code(status)
    .header('content-type', PROBLEM_CONTENT_TYPE)
    .send(JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail }));
}

/** Answers a malformed HTTP request, or one with too large headers, and closes the connection. */
export function refuseMalformedHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  // The client is gone, or a response has begun already.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0)
    return void socket.destroy();
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
  const title = STATUS_CODES[status];
  const body = JSON.stringify({ type: 'about:blank', title, status });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\ncontent-type: ${PROBLEM_CONTENT_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
