import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { Controller, type Type } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  HandlerErrorFilter,
  NotSentError,
  ReplyTimeoutError,
  RequestRefusedError,
  RocketMqRecordBuilder,
  type LateReply,
  type UndeliveredReply,
} from '@seckill/messaging';
import { firstValueFrom, retry, throwError, timer, type Observable } from 'rxjs';
import { waitFor } from '@tools/testbed';
import { FailingController, MathController } from './controllers.js';
import { onEveryBroker } from './transport.js';

/** What users of Nest's own transports complain of: each of these would fail there. */

/** A handler that waits until it is told to go on, and notes what it has handled. */
function gated(): { Gated: Type; handled: string[]; begun: () => number; open: () => void } {
  const handled: string[] = [];
  let begun = 0;
  let open = () => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  @Controller()
  class Gated {
    @MessagePattern('gated')
    async gated(@Payload() value: string) {
      begun++;
      await gate;
      handled.push(value);
      return value;
    }

    @MessagePattern('echo')
    echo(@Payload() value: unknown) {
      return value;
    }
  }
  return { Gated, handled, begun: () => begun, open };
}

/** A busy machine may be too late to send a request. It was certainly not sent then, and may be sent again. */
const repeated = <T>(request: Observable<T>) =>
  request.pipe(
    retry({
      delay: (error: unknown) => (error instanceof NotSentError ? timer(100) : throwError(() => error)),
    }),
  );

const range = (length: number) => Array.from({ length }, (_, i) => i);

onEveryBroker(
  'no more complaints',
  (start) => {
    it('replies are not lost while workers come and go during requests', async () => {
      @Controller()
      class Slow {
        @MessagePattern('double')
        async double(@Payload() n: number) {
          await sleep(20 + (n % 5) * 20);
          return 2 * n;
        }
      }
      const transport = await start();
      const join = async () => {
        const strategy = transport.server();
        await transport.worker([Slow], { strategy });
        return strategy;
      };
      let staying = await join();
      const client = await transport.asker({ defaultTimeoutMs: 120_000, maxBatchSize: 8 });
      const answers: Promise<number>[] = [];
      for (let shift = 0; shift < 3; shift++) {
        const joining = join();
        for (const i of range(100)) {
          answers.push(firstValueFrom(repeated(client.send<number>('double', shift * 100 + i))));
          if (i % 10 === 0) await sleep(20);
        }
        const next = await joining;
        await staying.close();
        staying = next;
      }
      expect(await Promise.all(answers)).toEqual(range(300).map((n) => 2 * n));
    }, 180_000);

    it('nothing is subscribed per pattern for replies, and there is no topic of replies', async () => {
      const transport = await start();
      await transport.worker([MathController]);
      // Connected before it knows which patterns it will ask; the broker has nothing but topics of requests.
      const client = await transport.asker();
      for (const pattern of ['sum', 'sum-async', 'sum-stream']) {
        expect(await firstValueFrom(client.send(pattern, [1, 2]))).toBe(3);
      }
    }, 90_000);

    // Given as undefined, as a setting that is missing: that must not mean without a timeout.
    it('a request times out by default', async () => {
      const transport = await start();
      await transport.worker([MathController]);
      const client = await transport.asker({ defaultTimeoutMs: undefined as never });
      const error = await firstValueFrom(client.send('nobody-answers', {})).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ReplyTimeoutError);
      expect((error as ReplyTimeoutError).elapsedMs).toBeGreaterThanOrEqual(4_900);
      expect(client.waiting).toBe(0);
    }, 90_000);

    it('a reply that cannot be delivered is told of, and its request is acked only after it was handled', async () => {
      const { Gated, handled, begun, open } = gated();
      const transport = await start();
      const strategy = transport.server('workers', { invisibleMs: 5_000 });
      const orphaned: UndeliveredReply[] = [];
      strategy.on('orphaned', (reply) => orphaned.push(reply));
      await transport.worker([Gated], { strategy });
      const web = await transport.process('web');
      void web.ask('gated', 'a');
      await waitFor('the handler to begin', () => begun() === 1);
      await web.kill();
      const held = () => strategy.unwrap().held;
      expect(held()).toBe(1);
      open();
      await waitFor('the ack', () => held() === 0);
      expect(orphaned).toEqual([
        {
          pattern: 'gated',
          requestId: expect.any(String),
          replyTo: expect.stringMatching(/^asker-/),
          index: 0,
        },
      ]);
      // Acked for good: it would be back after its invisible time.
      await sleep(8_000);
      expect([handled, begun()]).toEqual([['a'], 1]);
    }, 120_000);

    it('a reply that comes too late is told of at both ends', async () => {
      const { Gated, begun, open } = gated();
      const transport = await start();
      const strategy = transport.server();
      const told: UndeliveredReply[] = [];
      strategy.on('late', (reply) => told.push(reply));
      await transport.worker([Gated], { strategy });
      const client = await transport.asker();
      const late: LateReply[] = [];
      client.on('late', (reply) => late.push(reply));
      const record = new RocketMqRecordBuilder('a').setRequestId('r-late').setTimeout(500).build();
      const asked = firstValueFrom(client.send('gated', record)).catch((error: unknown) => error);
      await waitFor('the handler to begin', () => begun() === 1);
      expect(await asked).toBeInstanceOf(ReplyTimeoutError);
      open();
      await waitFor('word of it', () => told.length > 0);
      expect(late).toEqual([{ requestId: 'r-late', index: 0 }]);
      expect(told).toMatchObject([{ pattern: 'gated', requestId: 'r-late', index: 0 }]);
    }, 90_000);

    it('errors are not flattened: codes, details and validation survive the trip', async () => {
      const transport = await start();
      await transport.worker([FailingController], {
        set: (app) => app.useGlobalFilters(new HandlerErrorFilter()),
      });
      const client = await transport.asker();
      const refusal = async (pattern: string) => {
        const error = await firstValueFrom(client.send(pattern, {})).catch((refused: unknown) => refused);
        expect(error).toBeInstanceOf(RequestRefusedError);
        const { code, reason, details } = error as RequestRefusedError;
        return { code, reason, details };
      };
      expect(await refusal('throws-rpc')).toEqual({
        code: 'TOO_LATE',
        reason: 'closed',
        details: { hours: 9 },
      });
      expect(await refusal('throws-stream')).toEqual({
        code: 'ERROR',
        reason: 'in a stream',
        details: undefined,
      });
      expect(await refusal('throws-http')).toMatchObject({
        code: 'BAD_REQUEST',
        details: { statusCode: 400, messages: ['quantity must be positive'] },
      });
      expect(await refusal('no-such-pattern')).toMatchObject({ code: 'NO_HANDLER' });
    }, 90_000);

    it('work is not lost with the process that had received it: another one finishes it', async () => {
      const transport = await start();
      const workers = [await transport.process('worker'), await transport.process('worker')];
      const client = await transport.asker({ defaultTimeoutMs: 120_000 });
      const record = new RocketMqRecordBuilder({ ms: 3_000, value: 'done' }).setRequestId('r-1').build();
      const answer = firstValueFrom(client.send('work', record));
      const victim = await waitFor('a handler to begin', () =>
        workers.find((worker) => worker.requests('began').length > 0),
      );
      await victim.kill();
      expect(victim.requests('did')).toEqual([]);
      expect(await answer).toBe('done');
      const heir = workers.find((worker) => worker !== victim)!;
      expect([heir.requests('began'), heir.requests('did')]).toEqual([['r-1'], ['r-1']]);
    }, 240_000);

    it('a worker that is asked to stop finishes and answers what it holds', async () => {
      const transport = await start();
      const worker = await transport.process('worker');
      const client = await transport.asker({ defaultTimeoutMs: 120_000 });
      const asked = range(30).map((n) => firstValueFrom(client.send('work', { ms: 1_500, value: n })));
      await waitFor('all to begin', () => worker.requests('began').length === 30);
      const finished = worker.requests('did').length;
      worker.signal('SIGTERM');
      expect(await worker.exited()).toBe('code 0');
      expect(finished).toBeLessThan(30);
      expect(await Promise.all(asked)).toEqual(range(30));
      expect(new Set(worker.requests('did')).size).toBe(30);
      expect(worker.requests('began')).toHaveLength(30);
    }, 180_000);

    it('one chosen instance is reached: each of two web processes gets its own answers, and no other', async () => {
      const { Gated } = gated();
      const transport = await start();
      await transport.worker([Gated]);
      const webs = [await transport.process('web'), await transport.process('web')];
      const answers = await Promise.all(
        webs.map((web, w) => Promise.all(range(50).map((n) => web.ask('echo', `web ${w}, request ${n}`)))),
      );
      expect(answers).toEqual([0, 1].map((w) => range(50).map((n) => `web ${w}, request ${n}`)));
      expect(webs.flatMap((web) => web.requests('late'))).toEqual([]);
    }, 180_000);
  },
  { processes: true },
);
