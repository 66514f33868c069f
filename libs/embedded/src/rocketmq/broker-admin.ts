import { BrokerRefusedError } from '../errors.js';
import { RemotingClient } from './remoting-client.js';
import type { RocketMqSecurity } from './security.js';
import type { GroupSpec, TopicSpec, Topology } from './topology.js';

/** RocketMQ `RequestCode.java`. */
const updateAndCreateTopic = 17;
const updateAndCreateSubscriptionGroup = 200;

/** RocketMQ `PermName.java`: read and write. */
const readAndWrite = 6;

/** The address of a broker's remoting port. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Creates or updates topics and groups on a broker. Nothing is removed. Clients see them a moment later, see
 * `waitUntilUsable`.
 *
 * @throws BrokerRefusedError for example for an invalid name
 */
export async function createOnBroker(
  { host, port }: BrokerAddress,
  { topics, groups }: Topology,
  security?: RocketMqSecurity,
): Promise<void> {
  const broker = await RemotingClient.connect(host, port, { security });
  try {
    await Promise.all([
      ...topics.map((topic) => createTopic(broker, topic)),
      ...groups.map((group) => createGroup(broker, group)),
    ]);
  } finally {
    broker.close();
  }
}

async function createTopic(broker: RemotingClient, { name, type, queues }: TopicSpec): Promise<void> {
  const { code, remark } = await broker.request(updateAndCreateTopic, {
    topic: name,
    defaultTopic: 'TBW102',
    readQueueNums: queues,
    writeQueueNums: queues,
    perm: readAndWrite,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: `+message.type=${type}`,
  });
  if (code !== 0) throw new BrokerRefusedError(`create the topic ${name}`, code, remark);
}

async function createGroup(broker: RemotingClient, { name, maxRetries, fifo }: GroupSpec): Promise<void> {
  const { code, remark } = await broker.request(
    updateAndCreateSubscriptionGroup,
    {},
    { groupName: name, retryMaxTimes: maxRetries, consumeMessageOrderly: fifo ?? false, consumeEnable: true },
  );
  if (code !== 0) throw new BrokerRefusedError(`create the group ${name}`, code, remark);
}
