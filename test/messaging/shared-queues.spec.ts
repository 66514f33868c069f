import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { RocketMqRecordBuilder } from '@seckill/messaging';
import { firstValueFrom } from 'rxjs';
import { onEveryBroker } from './transport.js';

onEveryBroker('a group with more consumers than queues', (start) => {
  // In Kafka, and in RocketMQ 4, the third consumer of two queues would idle.
  it('has work for each of them: two queues, three consumers', async () => {
    const transport = await start();
    const worked = [0, 0, 0];
    for (const i of worked.keys()) {
      @Controller()
      class Worker {
        @MessagePattern('work')
        async work() {
          worked[i]!++;
          await sleep(100);
          return i;
        }
      }
      // Few at once, so that no worker can take all.
      const strategy = transport.server('workers', { concurrency: 4, messagesPerReceive: 1, receivers: 2 });
      await transport.worker([Worker], { strategy });
      // All are there before there is work: two could have done it all before a slow third had come.
      await strategy.unwrap().connected(240_000);
    }
    const client = await transport.asker({ defaultTimeoutMs: 120_000 });
    // With keys of its own each request is a message of its own.
    const record = (key: string) => new RocketMqRecordBuilder({}).setKeys(key).build();
    const answers = await Promise.all(
      Array.from({ length: 90 }, (_, i) => firstValueFrom(client.send('work', record(`k${i}`)))),
    );
    expect(answers).toHaveLength(90);
    expect(Math.min(...worked)).toBeGreaterThan(0);
  }, 120_000);
});
