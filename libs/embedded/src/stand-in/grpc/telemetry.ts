import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { GroupSpec } from '../../rocketmq/topology.js';
import { code, RefusedError } from '../broker/refused-error.js';
import { clientIdOf, type CallContext } from './call-context.js';
import { definition, duration, service } from './protocol.js';
import type { Settings, TelemetryCommand } from './protocol-types.js';
import { okStatus, statusOf } from './status.js';

/** RocketMQ's `SubscriptionGroupConfig`: seconds until the redelivery of a message that has failed n times. */
const backoffSeconds = [
  1, 5, 10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1_200, 1_800, 3_600, 7_200,
];
/** A client may miss a refusal that comes too early; see `refuse`. */
const repeatRefusalMs = 1_000;

/** A client's session: the client sends its settings, and gets them back with the broker's values. */
export function telemetry(
  { broker, clients, clock }: CallContext,
  stream: ServerDuplexStream<TelemetryCommand, TelemetryCommand>,
): void {
  const clientId = clientIdOf(stream);
  let isOpen = true;
  let isKnown = false;
  const close = () => {
    if (isKnown && isOpen) clients.closed(clientId);
    isOpen = false;
  };

  /**
   * The client processes a refusal only while its `startup()` waits for an answer, which starts a moment after its
   * request. Therefore the refusal is repeated.
   */
  const refuse = (error: unknown) => {
    if (!isOpen) return;
    stream.write(new service.TelemetryCommand().setStatus(statusOf(error)));
    clock.setTimeout(() => refuse(error), repeatRefusalMs);
  };

  const accept = (settings: Settings) => {
    const group = settings.getSubscription()?.getGroup()?.getName();
    if (group !== undefined) mergeSubscription(settings, existing(broker.group(group), group));
    else mergePublishing(settings, broker.limits.maxBodyBytes);
    if (!isKnown) clients.opened(clientId, group);
    isKnown = true;
    stream.write(new service.TelemetryCommand().setStatus(okStatus()).setSettings(settings));
  };

  stream.on('data', (command: TelemetryCommand) => {
    const settings = command.getSettings();
    if (!settings) return;
    try {
      accept(settings);
    } catch (error) {
      refuse(error);
    }
  });
  stream.on('end', () => {
    close();
    stream.end();
  });
  stream.on('error', close);
  stream.on('cancelled', close);
}

function existing(group: GroupSpec | undefined, name: string): GroupSpec {
  if (!group) throw new RefusedError(code.consumerGroupNotFound, `group not found: ${name}`);
  return group;
}

function mergeSubscription(settings: Settings, { maxRetries, fifo = false }: GroupSpec): void {
  settings.getSubscription()!.setFifo(fifo).setReceiveBatchSize(32).setLongPollingTimeout(duration(20_000));
  const backoff = new definition.CustomizedBackoff();
  for (const seconds of backoffSeconds) backoff.addNext(duration(seconds * 1_000));
  settings.setBackoffPolicy(
    new definition.RetryPolicy().setMaxAttempts(maxRetries + 1).setCustomizedBackoff(backoff),
  );
  settings.setMetric(new definition.Metric().setOn(false));
}

function mergePublishing(settings: Settings, maxBodyBytes: number): void {
  settings.getPublishing()?.setValidateMessageType(true).setMaxBodySize(maxBodyBytes);
  const backoff = new definition.ExponentialBackoff()
    .setInitial(duration(10))
    .setMax(duration(1_000))
    .setMultiplier(2);
  settings.setBackoffPolicy(new definition.RetryPolicy().setMaxAttempts(3).setExponentialBackoff(backoff));
  settings.setMetric(new definition.Metric().setOn(false));
}
