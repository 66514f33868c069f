import { expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { waitFor } from '@tools/testbed';
import { onEveryBroker } from './transport.js';

const range = (length: number) => Array.from({ length }, (_, i) => i);

onEveryBroker(
  'an instance that stands still',
  (start) => {
    it('does not hold up the answers of others, and goes on when it wakes', async () => {
      let open = () => {};
      const gate = new Promise<void>((resolve) => (open = resolve));
      let begun = 0;
      @Controller()
      class Desk {
        @MessagePattern('gated')
        async gated(@Payload() value: unknown) {
          begun++;
          await gate;
          return value;
        }

        @MessagePattern('echo')
        echo(@Payload() value: unknown) {
          return value;
        }
      }
      const transport = await start();
      const strategy = transport.server();
      let orphaned = 0;
      strategy.on('orphaned', () => orphaned++);
      await transport.worker([Desk], { strategy });
      const [sleeper, other] = [await transport.process('web'), await transport.process('web')];

      let answered = 0;
      for (const n of range(100))
        void sleeper.ask('gated', n).then((answer) => (answered += Number(answer === n)));
      await waitFor('all handlers to begin', () => begun === 100);
      sleeper.signal('SIGSTOP');
      // All of its answers are due now, and stay undelivered.
      open();
      for (const n of range(40)) expect(await other.ask('echo', n)).toBe(n);
      expect(await Promise.all(range(200).map((n) => other.ask('echo', n)))).toEqual(range(200));
      expect(answered).toBe(0);

      sleeper.signal('SIGCONT');
      await waitFor('each answer to arrive or to be given up', () => answered + orphaned >= 100);
      await waitFor('it to be answered again', async () => (await sleeper.ask('echo', 'awake')) === 'awake');
    }, 180_000);
  },
  { processes: true },
);
