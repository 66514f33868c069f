import type { ServerWritableStream } from '@grpc/grpc-js';
import { code, RefusedError } from '../broker/refused-error.js';
import type { ReceiveRequest } from '../broker/subscription.js';
import { tagFilter } from '../broker/tag-filter.js';
import { clientIdOf, type CallContext } from './call-context.js';
import { readOutgoing, writeDelivery } from './message-codec.js';
import { definition, milliseconds, service, timestamp } from './protocol.js';
import type {
  AckMessageRequest,
  AckMessageResponse,
  ChangeInvisibleDurationRequest,
  ChangeInvisibleDurationResponse,
  ForwardMessageToDeadLetterQueueRequest,
  ForwardMessageToDeadLetterQueueResponse,
  ReceiveMessageRequest,
  ReceiveMessageResponse,
  SendMessageRequest,
  SendMessageResponse,
} from './protocol-types.js';
import { okStatus, sharedStatus, statusOf } from './status.js';

/** Stores messages of one topic. */
export async function sendMessage(
  { broker }: CallContext,
  request: SendMessageRequest,
): Promise<SendMessageResponse> {
  const messages = request.getMessagesList();
  const topics = new Set(messages.map((message) => message.getTopic()?.getName() ?? ''));
  const [topic, another] = topics;
  if (topic === undefined) throw new RefusedError(code.messageCorrupted, 'no message to send');
  if (another !== undefined) throw new RefusedError(code.messageCorrupted, 'topic in message is not same');
  const offsets = await broker.send(topic, messages.map(readOutgoing));
  const response = new service.SendMessageResponse().setStatus(okStatus());
  for (const [index, offset] of offsets.entries()) {
    const id = messages[index]!.getSystemProperties()!.getMessageId();
    response.addEntries(
      new service.SendResultEntry()
        .setStatus(okStatus())
        .setMessageId(id)
        .setTransactionId(id)
        .setOffset(offset),
    );
  }
  return response;
}

/** Waits for messages and sends a status, the messages, and the time of delivery. */
export async function receiveMessage(
  { broker, clients, clock }: CallContext,
  request: ReceiveMessageRequest,
  call: ServerWritableStream<ReceiveMessageRequest, ReceiveMessageResponse>,
): Promise<void> {
  const gone = new AbortController();
  call.on('cancelled', () => gone.abort());
  clients.seen(clientIdOf(call));
  const topic = request.getMessageQueue()?.getTopic()?.getName() ?? '';
  const group = request.getGroup()?.getName() ?? '';
  const deliveries = await broker.receive(group, topic, receiveRequest(broker, request, call, gone.signal));
  const status =
    deliveries.length > 0
      ? okStatus()
      : new definition.Status().setCode(definition.Code.MESSAGE_NOT_FOUND).setMessage('no new message');
  call.write(new service.ReceiveMessageResponse().setStatus(status));
  for (const delivery of deliveries)
    call.write(new service.ReceiveMessageResponse().setMessage(writeDelivery(topic, delivery)));
  call.write(new service.ReceiveMessageResponse().setDeliveryTimestamp(timestamp(clock.now())));
}

function receiveRequest(
  { limits }: CallContext['broker'],
  request: ReceiveMessageRequest,
  call: ServerWritableStream<ReceiveMessageRequest, ReceiveMessageResponse>,
  signal: AbortSignal,
): ReceiveRequest {
  const invisible = request.getInvisibleDuration();
  const asked = request.getLongPollingTimeout();
  const pollMs = Math.min(limits.maxPollMs, Math.max(limits.minPollMs, asked ? milliseconds(asked) : 0));
  // A PushConsumer requests no invisible time: the broker renews its leases while it is connected.
  const owner = request.getAutoRenew() ? { owner: clientIdOf(call) } : undefined;
  return {
    filter: tagFilter(request.getFilterExpression()?.getExpression() ?? '*'),
    maxMessages: request.getBatchSize(),
    invisibleMs: owner ? limits.ownedInvisibleMs : invisible ? milliseconds(invisible) : 0,
    waitMs: Math.min(pollMs, remainingMs(call.getDeadline())),
    signal,
    ...owner,
    ...(request.hasAttemptId() && { attemptId: request.getAttemptId()! }),
  };
}

function remainingMs(deadline: Date | number): number {
  return Math.max(0, Number(deadline) - Date.now());
}

/** Settles messages, each on its own. */
export async function ackMessage(
  { broker }: CallContext,
  request: AckMessageRequest,
): Promise<AckMessageResponse> {
  const group = request.getGroup()?.getName() ?? '';
  const topic = request.getTopic()?.getName() ?? '';
  const entries = await Promise.all(
    request.getEntriesList().map(async (entry) => {
      const status = await broker.ack(group, topic, entry.getReceiptHandle()).then(okStatus, statusOf);
      return new service.AckMessageResultEntry()
        .setMessageId(entry.getMessageId())
        .setReceiptHandle(entry.getReceiptHandle())
        .setStatus(status);
    }),
  );
  return new service.AckMessageResponse()
    .setStatus(sharedStatus(entries.map((entry) => entry.getStatus()!)))
    .setEntriesList(entries);
}

/** Changes when a message becomes visible again, with a new receipt handle. */
export async function changeInvisibleDuration(
  { broker }: CallContext,
  request: ChangeInvisibleDurationRequest,
): Promise<ChangeInvisibleDurationResponse> {
  const invisible = request.getInvisibleDuration();
  const handle = await broker.changeInvisible(
    request.getGroup()?.getName() ?? '',
    request.getTopic()?.getName() ?? '',
    request.getReceiptHandle(),
    invisible ? milliseconds(invisible) : 0,
  );
  return new service.ChangeInvisibleDurationResponse().setStatus(okStatus()).setReceiptHandle(handle);
}

/** A FIFO PushConsumer has given up on a message. */
export async function forwardToDeadLetters(
  { broker }: CallContext,
  request: ForwardMessageToDeadLetterQueueRequest,
): Promise<ForwardMessageToDeadLetterQueueResponse> {
  await broker.forwardToDeadLetters(
    request.getGroup()?.getName() ?? '',
    request.getTopic()?.getName() ?? '',
    request.getReceiptHandle(),
  );
  return new service.ForwardMessageToDeadLetterQueueResponse().setStatus(okStatus());
}
