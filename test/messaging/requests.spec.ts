import { expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { RocketMqRecordBuilder } from '@seckill/messaging';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { MathController } from './controllers.js';
import { onEveryBroker } from './transport.js';

onEveryBroker('requests', (start) => {
  it('answers with a value, a promise and an Observable', async () => {
    const transport = await start();
    await transport.worker([MathController]);
    const client = await transport.asker();
    for (const pattern of ['sum', 'sum-async', 'sum-stream']) {
      expect(await firstValueFrom(client.send(pattern, [1, 2, 3]))).toBe(6);
    }
  }, 90_000);

  it('takes patterns that are objects', async () => {
    const transport = await start();
    await transport.worker([MathController]);
    const client = await transport.asker();
    expect(await firstValueFrom(client.send({ cmd: 'sum-of-object' }, [1, 2, 3]))).toBe(6);
  }, 90_000);

  it('answers many requests at once, each with its own', async () => {
    const transport = await start();
    await transport.worker([MathController]);
    const client = await transport.asker();
    const asked = Array.from({ length: 300 }, (_, i) => [i, i + 1]);
    const answers = await Promise.all(asked.map((numbers) => firstValueFrom(client.send('sum', numbers))));
    expect(answers).toEqual(asked.map(([i]) => 2 * i! + 1));
  }, 90_000);

  it('hands on every value of a stream, in order, and its end', async () => {
    const transport = await start();
    await transport.worker([MathController]);
    const client = await transport.asker();
    for (const pattern of ['running-sums', 'slow-running-sums']) {
      expect(await lastValueFrom(client.send(pattern, [1, 2, 3, 4]).pipe(toArray()))).toEqual([1, 3, 6, 10]);
    }
  }, 90_000);

  it('completes without a value when the handler returns nothing', async () => {
    const transport = await start();
    await transport.worker([MathController]);
    const client = await transport.asker();
    expect(await lastValueFrom(client.send('nothing', {}).pipe(toArray()))).toEqual([]);
  }, 90_000);

  it('tells the handler about its request', async () => {
    const transport = await start();
    await transport.worker([MathController]);
    const client = await transport.asker();
    client.setOnDispatchHook((packet) => (packet.metadata = { Tenant: 'acme' }));
    const record = new RocketMqRecordBuilder({})
      .setRequestId('r-1')
      .setExpiry(60_000)
      .setHeader('Lang', 'de')
      .build();
    expect(await firstValueFrom(client.send('context', record))).toEqual({
      requestId: 'r-1',
      tag: 'context',
      headers: { tenant: 'acme', lang: 'de' },
      failures: 0,
      hasTime: true,
    });
  }, 90_000);

  // What could not be encoded, or not be read again, took all that travelled with it down.
  it('takes any time for an expiry, and lets no neighbour suffer from it', async () => {
    const transport = await start();
    await transport.worker([MathController]);
    const client = await transport.asker();
    const sums = [60_000.5, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE].flatMap((ms) =>
      [
        new RocketMqRecordBuilder([1, 2]).setExpiry(ms),
        new RocketMqRecordBuilder([1, 2]).setExpiresAtMs(ms),
      ].map((builder) => firstValueFrom(client.send('sum', builder.build()))),
    );
    const all = await Promise.all([...sums, firstValueFrom(client.send('sum', [3, 4]))]);
    expect(all).toEqual([...sums.map(() => 3), 7]);
  }, 90_000);

  it('lets a request travel alone, with a tag, keys and properties that RocketMQ shows', async () => {
    const transport = await start();
    await transport.worker([MathController]);
    const client = await transport.asker();
    const record = new RocketMqRecordBuilder([1, 2])
      .setTag('sum')
      .setKeys('order-7')
      .setProperty('tenant', 'a');
    expect(await firstValueFrom(client.send('anything', record.build()))).toBe(3);
  }, 90_000);

  it('tells the ordering key to the handler', async () => {
    const transport = await start();
    await transport.worker([MathController]);
    const client = await transport.asker();
    const record = new RocketMqRecordBuilder({}).setOrderingKey('order-7').build();
    expect(await firstValueFrom(client.send('ordering-key', record))).toBe('order-7');
  }, 90_000);

  it('refuses to start with two handlers for one request', async () => {
    @Controller()
    class Again {
      @MessagePattern('sum')
      sum() {}
    }
    const transport = await start();
    await expect(transport.worker([MathController, Again])).rejects.toThrow('two handlers for pattern sum');
  }, 90_000);

  it('refuses to start without a handler', async () => {
    const transport = await start();
    await expect(transport.worker([])).rejects.toThrow('no handler for topic');
  }, 90_000);
});
