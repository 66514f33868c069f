import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChannelCredentials, Metadata } from '@grpc/grpc-js';
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import stubs from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import { signedHeaders, type AccessKey, type RocketMqSecurity } from './security.js';
import type { GroupSpec, Topology } from './topology.js';

const pollMs = 200;
const callMs = 3_000;

/** Topics and groups that clients cannot use yet. */
export interface Missing {
  readonly topics: string[];
  readonly groups: string[];
}

/**
 * Waits until clients of the gRPC port can use these topics and groups: RocketMQ confirms their creation before its
 * proxy knows them, and after a restart the proxy does not know existing ones for a while.
 *
 * @param security the same as at the start
 * @param onMissing called after each round with what is still missing
 * @throws Error after `timeoutMs`, naming what is missing
 */
export async function waitUntilUsable(
  endpoints: string,
  { topics, groups }: Topology,
  timeoutMs: number,
  {
    onMissing,
    security,
  }: { onMissing?: ((missing: Missing) => void) | undefined; security?: RocketMqSecurity | undefined } = {},
): Promise<void> {
  const channel = security
    ? ChannelCredentials.createSsl(readFileSync(security.caFile))
    : ChannelCredentials.createInsecure();
  const client = new stubs.MessagingServiceClient(endpoints, channel, {
    // An IP address is not allowed as a server name (RFC 6066), and Node warns about it.
    ...(security && { 'grpc.ssl_target_name_override': 'localhost' }),
  });
  const admin = security?.admin;
  const deadline = performance.now() + timeoutMs;
  let topicsLeft = topics.map(({ name }) => name);
  let groupsLeft = groups;
  try {
    for (;;) {
      topicsLeft = await failing(topicsLeft, (name) => hasRoute(client, endpoints, name, admin));
      groupsLeft = await failing(groupsLeft, (group) => isKnownGroup(client, group, admin));
      if (topicsLeft.length + groupsLeft.length === 0) return;
      const missing = { topics: topicsLeft, groups: groupsLeft.map(({ name }) => name) };
      onMissing?.(missing);
      if (performance.now() > deadline)
        throw new Error(
          `RocketMQ at ${endpoints} still does not know ${[...missing.topics, ...missing.groups].join(', ')} ` +
            `after ${timeoutMs / 1_000} s.`,
        );
      await sleep(pollMs);
    }
  } finally {
    client.close();
  }
}

async function failing<T>(items: T[], works: (item: T) => Promise<boolean>): Promise<T[]> {
  const answers = await Promise.all(items.map(works));
  return items.filter((_, index) => !answers[index]);
}

type Client = InstanceType<typeof stubs.MessagingServiceClient>;

function hasRoute(
  client: Client,
  endpoints: string,
  topic: string,
  admin: AccessKey | undefined,
): Promise<boolean> {
  const [host = '', port] = endpoints.split(':');
  const address = new definition.Address().setHost(host).setPort(Number(port));
  const request = new service.QueryRouteRequest()
    .setTopic(new definition.Resource().setName(topic))
    .setEndpoints(
      new definition.Endpoints().setScheme(definition.AddressScheme.IPV4).setAddressesList([address]),
    );
  return new Promise((resolve) => {
    client.queryRoute(request, callHeaders(admin), { deadline: Date.now() + callMs }, (error, response) => {
      resolve(!error && response.getStatus()?.getCode() === definition.Code.OK);
    });
  });
}

/**
 * Sends settings as a consumer of the group. Once the proxy knows the group, it answers with the group's retry limit
 * plus the first attempt. A receive would show the same, but would take messages from real consumers.
 */
function isKnownGroup(
  client: Client,
  { name, maxRetries }: GroupSpec,
  admin: AccessKey | undefined,
): Promise<boolean> {
  const subscription = new definition.Subscription().setGroup(new definition.Resource().setName(name));
  const settings = new definition.Settings()
    .setClientType(definition.ClientType.SIMPLE_CONSUMER)
    .setSubscription(subscription);
  return new Promise((resolve) => {
    const stream = client.telemetry(callHeaders(admin), { deadline: Date.now() + callMs });
    const settle = (known: boolean) => {
      resolve(known);
      stream.cancel();
    };
    stream.on('data', (command: InstanceType<typeof service.TelemetryCommand>) => {
      const attempts = command.getSettings()?.getBackoffPolicy()?.getMaxAttempts();
      if (command.hasSettings()) settle(attempts === maxRetries + 1);
    });
    stream.on('error', () => settle(false));
    stream.on('end', () => settle(false));
    stream.write(new service.TelemetryCommand().setSettings(settings));
  });
}

/** Headers without which the proxy refuses a call (rocketmq-clients `docs/transport.md`). */
function callHeaders(admin: AccessKey | undefined): Metadata {
  const headers = new Metadata();
  headers.set('x-mq-client-id', `probe@${process.pid}@${randomUUID()}`);
  headers.set('x-mq-language', 'HTTP');
  headers.set('x-mq-protocol', 'v2');
  headers.set('x-mq-client-version', '5.0.0');
  for (const [name, value] of Object.entries(admin ? signedHeaders(admin) : {})) headers.set(name, value);
  return headers;
}
