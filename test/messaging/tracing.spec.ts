import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { firstValueFrom } from 'rxjs';
import { waitFor } from '@tools/testbed';
import { onEveryBroker } from './transport.js';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

@Controller()
class TracedController {
  @MessagePattern('work')
  async work(@Payload() fails: boolean) {
    await Promise.resolve();
    trace.getTracer('test').startSpan('what the handler does').end();
    if (fails) throw new TypeError('a defect');
    return 'done';
  }

  @EventPattern('happened')
  happened(@Payload() _what: object) {}
}

const named = (beginning: string) =>
  exporter.getFinishedSpans().filter(({ name }) => name.startsWith(beginning));
const idOf = (span: ReadableSpan) => span.spanContext().spanId;
const traceOf = (span: ReadableSpan) => span.spanContext().traceId;
const linkedTo = ({ links }: ReadableSpan) => links.map((link) => link.context.spanId);
/** A span ends a little after the answer that it is about. */
const finished = (beginning: string, count: number) =>
  waitFor(`${count} spans "${beginning}"`, () => {
    const spans = named(beginning);
    return spans.length >= count && spans;
  });

onEveryBroker('traces', (start) => {
  beforeAll(() => {
    trace.setGlobalTracerProvider(provider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  });
  beforeEach(() => exporter.reset());
  afterAll(() => {
    trace.disable();
    context.disable();
    propagation.disable();
  });

  it('follow each request from whoever asks to the handler, although they travel together', async () => {
    const transport = await start();
    await transport.worker([TracedController]);
    const client = await transport.asker();
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const root = trace.getTracer('test').startSpan(`click ${i}`, { root: true });
        return context.with(trace.setSpan(context.active(), root), async () => {
          await firstValueFrom(client.send('work', false));
          root.end();
        });
      }),
    );
    const created = await finished('create', 20);
    const processed = await finished('process', 20);
    const inside = named('what the handler does');
    for (const click of named('click')) {
      const create = created.find((span) => traceOf(span) === traceOf(click))!;
      const process = processed.find((span) => traceOf(span) === traceOf(click))!;
      const work = inside.find((span) => traceOf(span) === traceOf(click))!;
      expect(create).toMatchObject({
        kind: SpanKind.PRODUCER,
        parentSpanContext: { spanId: idOf(click) },
        attributes: { 'messaging.request.outcome': 'answered', 'messaging.system': 'rocketmq' },
      });
      expect(process).toMatchObject({
        kind: SpanKind.CONSUMER,
        parentSpanContext: { spanId: idOf(create) },
        attributes: { 'messaging.request.outcome': 'value', 'messaging.rocketmq.message.tag': 'work' },
      });
      expect(work.parentSpanContext?.spanId).toBe(idOf(process));
    }
  }, 90_000);

  it('tell which requests an envelope held and which answers a call brought', async () => {
    const transport = await start();
    await transport.worker([TracedController]);
    const client = await transport.asker();
    await Promise.all(Array.from({ length: 50 }, () => firstValueFrom(client.send('work', false))));
    const created = await finished('create', 50);
    const processed = await finished('process', 50);
    const delivered = await waitFor('all deliveries', () => {
      const spans = named('deliver asker');
      return spans.flatMap(linkedTo).length === 50 && spans;
    });
    const sent = named('send');
    expect(sent.length).toBeLessThan(50);
    expect(sent.flatMap(linkedTo).sort()).toEqual(created.map(idOf).sort());
    expect(delivered.flatMap(linkedTo).sort()).toEqual(processed.map(idOf).sort());
    for (const batch of [...sent, ...delivered]) {
      expect(batch.attributes['messaging.batch.message_count']).toBe(batch.links.length);
      expect(batch.parentSpanContext).toBeUndefined();
    }
  }, 90_000);

  it('show what failed, and the next try in the same trace', async () => {
    const transport = await start();
    await transport.worker([TracedController], {
      retryPolicy: { maxFailures: 2, delayMs: () => 200 },
    });
    const client = await transport.asker();
    void firstValueFrom(client.send('work', true)).catch(() => {});
    const tries = await finished('process', 2);
    expect(new Set(tries.map(traceOf)).size).toBe(1);
    for (const span of tries) {
      expect(span.status.code).toBe(SpanStatusCode.ERROR);
      expect(span.attributes['error.type']).toBe('failed');
    }
  }, 90_000);

  it('follow events too', async () => {
    const transport = await start();
    await transport.worker([TracedController]);
    const client = await transport.asker();
    await firstValueFrom(client.emit('happened', {}));
    const [create] = await finished('create', 1);
    const [process] = await finished('process', 1);
    expect(create!.attributes['messaging.request.outcome']).toBe('sent');
    expect(process!.parentSpanContext?.spanId).toBe(idOf(create!));
  }, 90_000);
});
