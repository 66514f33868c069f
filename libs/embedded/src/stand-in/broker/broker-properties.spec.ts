import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { TestBroker, text, type Seen } from './testing.js';

type Step =
  | { do: 'send'; count: number }
  | { do: 'receive'; member: number; most: number }
  | { do: 'ack'; pick: number }
  | { do: 'renew'; pick: number; ms: number }
  | { do: 'advance'; ms: number }
  | { do: 'crash' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('send' as const), count: fc.integer({ min: 1, max: 5 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('receive' as const),
      member: fc.integer({ min: 0, max: 1 }),
      most: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('ack' as const), pick: fc.nat(30) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('renew' as const),
      pick: fc.nat(30),
      ms: fc.constantFrom(0, 500, 2_500),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1, 700, 2_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
);

const invisibleMs = 2_000;
const groups = ['a', 'b'];

/** A simple model of one group: which messages are settled, and who holds which until when. */
class GroupModel {
  readonly settled = new Set<string>();
  readonly held = new Map<string, { handle: string; until: number }>();
  readonly handles: { body: string; handle: string }[] = [];

  received({ body, handle }: Seen, now: number): void {
    if (this.settled.has(body)) throw new Error(`${body} was settled and came again`);
    if ((this.held.get(body)?.until ?? 0) > now) throw new Error(`${body} is held and came again`);
    this.hold(body, handle, now + invisibleMs);
  }

  hold(body: string, handle: string, until: number): void {
    this.held.set(body, { handle, until });
    this.handles.push({ body, handle });
  }

  /** Whether an ack or a renewal with this handle must be accepted. */
  counts({ body, handle }: { body: string; handle: string }, now: number): boolean {
    const held = this.held.get(body);
    return held?.handle === handle && held.until > now;
  }
}

async function run(steps: readonly Step[]): Promise<void> {
  const test = await TestBroker.start({
    topics: [{ name: 't', type: 'NORMAL', queues: 2 }],
    groups: groups.map((name) => ({ name, maxRetries: 1_000 })),
  });
  const models = new Map(groups.map((name) => [name, new GroupModel()]));
  const sent: string[] = [];

  const receive = async (group: string, most: number) => {
    const seen = await test.receive(group, 't', { most, invisibleMs });
    for (const one of seen) models.get(group)!.received(one, test.clock.now());
    return seen;
  };
  const change = async (
    pick: number,
    apply: (group: string, handle: string, body: string) => Promise<void>,
  ) => {
    const group = groups[pick % groups.length]!;
    const model = models.get(group)!;
    const chosen = model.handles[pick % Math.max(1, model.handles.length)];
    if (!chosen || model.settled.has(chosen.body)) return;
    const expected = model.counts(chosen, test.clock.now());
    const taken = await apply(group, chosen.handle, chosen.body).then(
      () => true,
      () => false,
    );
    if (taken !== expected) throw new Error(`${chosen.handle} was ${taken ? 'taken' : 'refused'}`);
  };

  for (const one of steps) {
    switch (one.do) {
      case 'send': {
        const bodies = Array.from({ length: one.count }, (_, i) => `m${sent.length + i}`);
        await test.broker.send(
          't',
          bodies.map((body) => text(body)),
        );
        sent.push(...bodies);
        break;
      }
      case 'receive':
        await receive(groups[one.member]!, one.most);
        break;
      case 'ack':
        await change(one.pick, async (group, handle, body) => {
          await test.broker.ack(group, 't', handle);
          models.get(group)!.settled.add(body);
        });
        break;
      case 'renew':
        await change(one.pick, async (group, handle, body) => {
          const next = await test.broker.changeInvisible(group, 't', handle, one.ms);
          models.get(group)!.hold(body, next, test.clock.now() + one.ms);
        });
        break;
      case 'advance':
        await test.clock.advance(one.ms);
        break;
      case 'crash':
        // Leases are confirmed before they are flushed, and could be lost in a crash: flushed here.
        await test.clock.advance(0);
        await test.crash();
        break;
    }
  }

  // In the end each group gets all messages.
  for (const group of groups) {
    const model = models.get(group)!;
    for (let round = 0; model.settled.size < sent.length; round++) {
      if (round > 1_000) throw new Error(`${group} has lost ${sent.length - model.settled.size} messages`);
      await test.clock.advance(invisibleMs + 1_000);
      for (const { handle, body } of await receive(group, 32)) {
        await test.broker.ack(group, 't', handle);
        model.settled.add(body);
      }
    }
  }
  await test.broker.close();
}

describe('for any actions of producers and consumers, and any crashes', () => {
  it(
    'no message is lost, no settled message is redelivered, and one member at a time holds a message',
    () => fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), run), { numRuns: 150 }),
    60_000,
  );
});
