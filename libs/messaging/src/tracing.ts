import {
  context,
  isSpanContextValid,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import type { Instance } from '@seckill/registry';
import type { EnvelopeRequest } from './envelope.js';
import type { Reply } from './replies/reply-channel.js';
import type { HeldMessage } from './rocketmq/held-message.js';
import type { HandlerResult } from './server/handler-result.js';

// Spans follow OpenTelemetry's semantic conventions for messaging; a message there is a request here:
//
//   create T     one request, from send() until it ends, usually with its answer
//   send T       one attempt to send an envelope; linked to each create in it
//   process T    one request in its handler; child of its create, whose context is in the request's headers
//   deliver R    one call with replies to a waiting instance of role R; linked to each process in it
//
// Only the API is used: without an SDK in the process a span costs about 40 ns and does nothing.

const tracer = trace.getTracer('@seckill/messaging');

/** The span that each request or reply comes from, for the links of envelopes and deliveries. */
const origins = new WeakMap<EnvelopeRequest | Reply, SpanContext>();

/** Starts the span of a request, and puts its context into the request's headers. */
export function startCreate(topic: string, pattern: string, request: EnvelopeRequest): Span {
  const span = tracer.startSpan(`create ${topic}`, {
    kind: SpanKind.PRODUCER,
    // One object literal, because this runs for every request, traced or not.
    attributes: {
      'messaging.system': 'rocketmq',
      'messaging.operation.type': 'create',
      'messaging.operation.name': 'create',
      'messaging.destination.name': topic,
      'messaging.rocketmq.message.tag': pattern,
      'messaging.message.conversation_id': request.requestId,
    },
  });
  // An unsampled context is passed on too, so that its children are not sampled either.
  if (isSpanContextValid(span.spanContext())) {
    noteOrigin(request, span);
    request.headers = { ...request.headers };
    propagation.inject(trace.setSpan(context.active(), span), request.headers);
  }
  return span;
}

/** Traces one attempt to send an envelope. */
export function traceSend<T>(
  topic: string,
  requests: readonly EnvelopeRequest[],
  send: () => Promise<T>,
): Promise<T> {
  return traceBatch(`send ${topic}`, requests, send, {
    'messaging.operation.type': 'send',
    'messaging.operation.name': 'send',
    'messaging.destination.name': topic,
  });
}

/** Traces a request from its arrival until it is settled. Spans of its handler become children. */
export async function traceProcess<T>(
  { message, request, group }: { message: HeldMessage; request: EnvelopeRequest; group: string },
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const { topic, tag = '' } = message;
  const parent = propagation.extract(context.active(), request.headers);
  const span = tracer.startSpan(
    `process ${topic}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: {
        'messaging.system': 'rocketmq',
        'messaging.operation.type': 'process',
        'messaging.operation.name': 'process',
        'messaging.destination.name': topic,
        'messaging.rocketmq.message.tag': tag,
        'messaging.message.conversation_id': request.requestId,
        'messaging.message.id': message.id,
        'messaging.consumer.group.name': group,
      },
    },
    parent,
  );
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span));
  } catch (error) {
    fail(span, nameOf(error));
    throw error;
  } finally {
    span.end();
  }
}

/** Records how a handler ended. */
export function noteOutcome(span: Span, result: HandlerResult): void {
  span.setAttribute('messaging.request.outcome', result.kind);
  if (result.kind === 'failed' || result.kind === 'unprocessable') fail(span, result.kind);
}

/** Records which span a request or a reply comes from. */
export function noteOrigin(item: EnvelopeRequest | Reply, span: Span): void {
  if (isSpanContextValid(span.spanContext())) origins.set(item, span.spanContext());
}

/** Traces one call with replies. */
export function traceDeliver<T>(
  { role, id }: Instance,
  replies: readonly Reply[],
  deliver: () => Promise<T>,
): Promise<T> {
  return traceBatch(`deliver ${role}`, replies, deliver, { 'messaging.destination.name': id });
}

/** Ends the span of a request. @param error its error, if it failed */
export function endCreate(span: Span, outcome: string, error?: unknown): void {
  span.setAttribute('messaging.request.outcome', outcome);
  if (error !== undefined) fail(span, nameOf(error));
  span.end();
}

async function traceBatch<T>(
  name: string,
  items: readonly (EnvelopeRequest | Reply)[],
  work: () => Promise<T>,
  attributes: Attributes,
): Promise<T> {
  const links = items.flatMap((item): Link | [] => {
    const origin = origins.get(item);
    return origin ? { context: origin } : [];
  });
  const span = tracer.startSpan(name, {
    kind: SpanKind.CLIENT,
    // A batch is not a child of any of its requests, although one of them started it.
    root: true,
    links,
    attributes: {
      'messaging.system': 'rocketmq',
      ...attributes,
      'messaging.batch.message_count': items.length,
    },
  });
  try {
    return await context.with(trace.setSpan(context.active(), span), work);
  } catch (error) {
    fail(span, nameOf(error));
    throw error;
  } finally {
    span.end();
  }
}

function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : 'error';
}
