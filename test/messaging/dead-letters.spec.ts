import { expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { RocketMqRecordBuilder, type DeadLetter } from '@seckill/messaging';
import { lastValueFrom } from 'rxjs';
import { waitFor } from '@tools/testbed';
import { onEveryBroker } from './transport.js';

onEveryBroker('dead letters', (start) => {
  it('can be listed, replayed once the defect is fixed, and dropped', async () => {
    const handled: string[] = [];
    let mended = false;
    @Controller()
    class Broken {
      @MessagePattern('order')
      order(@Payload() { id }: { id: string }) {
        if (!mended) throw new Error(`no ${id}`);
        handled.push(id);
      }
    }
    const transport = await start();
    await transport.worker([Broken], { retryPolicy: { maxFailures: 1, delayMs: () => 100 } });
    const client = await transport.asker();
    const letters = await transport.deadLetters();
    for (const id of ['a', 'b', 'c']) {
      const record = new RocketMqRecordBuilder({ id }).setRequestId(id).build();
      await lastValueFrom(client.emit('order', record), { defaultValue: undefined });
    }
    const idOf = ({ requests }: DeadLetter) => requests![0]!.requestId;
    const list = async () => {
      const seen = await letters.review(() => 'keep');
      return seen.map(({ letter }) => letter).toSorted((x, y) => idOf(x).localeCompare(idOf(y)));
    };
    const parked = await waitFor('three letters', async () => {
      const seen = await list();
      return seen.length === 3 && seen;
    });
    expect(parked.map((letter) => [idOf(letter), letter.pattern, letter.reason])).toEqual([
      ['a', 'order', 'failed 1 times, last: Internal server error'],
      ['b', 'order', 'failed 1 times, last: Internal server error'],
      ['c', 'order', 'failed 1 times, last: Internal server error'],
    ]);

    mended = true;
    const actions = { a: 'replay', b: 'drop', c: 'keep' } as const;
    // Letters that were just reviewed become visible again after a while.
    const done: string[] = [];
    await waitFor(
      'each letter to be reviewed',
      async () => {
        const seen = await letters.review((letter) => actions[idOf(letter) as keyof typeof actions]);
        done.push(...seen.map(({ letter, action }) => `${idOf(letter)} ${action}`));
        return new Set(done).size === 3;
      },
      { timeoutMs: 120_000 },
    );
    await waitFor('the replayed one', async () => handled.length > 0);
    expect(handled).toEqual(['a']);
    const left = await waitFor('what is left', async () => {
      const seen = await list();
      return seen.length > 0 && seen;
    });
    expect(left.map(idOf)).toEqual(['c']);
  }, 180_000);

  it('that are parked again right after a replay are reviewed only once', async () => {
    @Controller()
    class Other {
      @MessagePattern('other')
      other() {}
    }
    const transport = await start();
    await transport.worker([Other]);
    const client = await transport.asker();
    const letters = await transport.deadLetters();
    await lastValueFrom(client.emit('nobody-handles-this', {}), { defaultValue: undefined });
    const replayed = await waitFor('the letter', async () => {
      const seen = await letters.review(() => 'replay');
      return seen.length > 0 && seen;
    });
    expect(replayed.map(({ letter }) => letter.reason)).toEqual([
      'no handler for pattern nobody-handles-this',
    ]);
    const again = await waitFor('the letter again', async () => {
      const seen = await letters.review(() => 'drop');
      return seen.length > 0 && seen;
    });
    expect(again).toHaveLength(1);
  }, 120_000);
});
