/*
 * Loaded with `--import` before an app of the fault driver, and never otherwise: kills or stops the process at one
 * point of a request's life. LIFE_POINT names it, LIFE_POINT_ACT is kill or stop, LIFE_POINT_TIME says at which time
 * after SIGUSR2. The sources of the apps know nothing of it.
 */

import type { LifePoint } from '../kinds/steps.js';
import { around, lifePoint } from './reach.js';

const { LIFE_POINT = '', LIFE_POINT_ACT = '', LIFE_POINT_TIME = '1' } = process.env;
const reached = lifePoint(LIFE_POINT, LIFE_POINT_ACT === 'stop' ? 'stop' : 'kill', Number(LIFE_POINT_TIME));

const before = (run: () => unknown) => {
  reached();
  return run();
};
const after = async (run: () => unknown) => {
  const result = await run();
  reached();
  return result;
};

const producer = async () =>
  (await import('../../../libs/messaging/src/rocketmq/topic-producer.js')).TopicProducer;
const held = async () => (await import('../../../libs/messaging/src/rocketmq/held-message.js')).HeldMessage;

const install: Record<LifePoint, () => Promise<void>> = {
  'before-send': async () => around((await producer()).prototype, 'send', before),
  'after-send': async () => around((await producer()).prototype, 'send', after),
  async 'before-decide'() {
    const { InventoryClient } = await import('../../../libs/inventory-client/src/inventory-client.js');
    around(InventoryClient.prototype, 'decide', before);
  },
  async 'in-transaction'() {
    const { default: pg } = await import('pg');
    // What is to be committed was sent just before, in the same turn.
    around(pg.Client.prototype, 'query', (run, [statement]) =>
      statement === 'COMMIT' ? before(run) : run(),
    );
  },
  async 'after-commit'() {
    const { DecisionStore } = await import('../../../apps/inventory/src/decision/decision-store.js');
    around(DecisionStore.prototype, 'decide', after);
  },
  async 'before-answer'() {
    const { GrpcReplySender } = await import('../../../libs/messaging/src/replies/grpc-reply-sender.js');
    around(GrpcReplySender.prototype, 'send', before);
  },
  'before-ack': async () => around((await held()).prototype, 'ack', before),
  'after-ack': async () => around((await held()).prototype, 'ack', after),
  async 'on-reply'() {
    const { WaitingRequests } = await import('../../../libs/messaging/src/client/waiting-requests.js');
    around(WaitingRequests.prototype, 'settle', before);
  },
};

const chosen = install[LIFE_POINT as LifePoint];
if (!chosen) throw new Error(`LIFE_POINT is one of ${Object.keys(install).join(', ')}, not "${LIFE_POINT}"`);
await chosen();
