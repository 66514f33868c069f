import { createHash } from 'node:crypto';
import type { Outgoing } from '../broker/broker.js';
import { code, RefusedError } from '../broker/refused-error.js';
import { writeHandle } from '../broker/receipt-handle.js';
import type { Delivery } from '../broker/subscription.js';
import type { TopicType } from '../../rocketmq/topology.js';
import { definition, duration, milliseconds, timestamp } from './protocol.js';
import type { Message, MessageType as MessageTypeNumber } from './protocol-types.js';

const { MessageType } = definition;

/** The types of messages and topics, by their number in the protocol. */
export const messageTypes: ReadonlyMap<MessageTypeNumber, TopicType> = new Map([
  [MessageType.NORMAL, 'NORMAL'],
  [MessageType.FIFO, 'FIFO'],
  [MessageType.DELAY, 'DELAY'],
  [MessageType.TRANSACTION, 'TRANSACTION'],
]);

/**
 * Reads the fields of a message that the broker needs; the rest stays encoded.
 * @throws RefusedError for a message without a required field
 */
export function readOutgoing(message: Message): Outgoing {
  const properties = message.getSystemProperties();
  if (!properties) throw new RefusedError(code.messageCorrupted, 'a message needs system properties');
  if (properties.getMessageId() === '')
    throw new RefusedError(code.illegalMessageId, 'message id cannot be empty');
  refuseUnprintable(message);
  const type = messageTypes.get(properties.getMessageType());
  if (type === undefined || type === 'TRANSACTION')
    throw new RefusedError(code.unsupported, 'transactions and lite topics are not served by this stand-in');
  const deliverAt = properties.getDeliveryTimestamp();
  return {
    type,
    tag: properties.hasTag() ? properties.getTag() : undefined,
    messageGroup: properties.getMessageGroup() || undefined,
    deliverAt: type === 'DELAY' && deliverAt ? milliseconds(deliverAt) : undefined,
    bodyBytes: message.getBody_asU8().length,
    content: message.serializeBinary(),
  };
}

/** @throws RefusedError for control characters or an empty key, where RocketMQ does not allow them */
function refuseUnprintable(message: Message): void {
  const properties = message.getSystemProperties()!;
  const hasControl = (text: string) => /\p{Cc}/u.test(text);
  if (hasControl(properties.getTag() ?? ''))
    throw new RefusedError(code.illegalMessageTag, 'tag cannot contain control character');
  if (properties.getKeysList().some((key) => key.trim() === '' || hasControl(key)))
    throw new RefusedError(code.illegalMessageKey, 'key cannot be blank nor contain control character');
  for (const [key, value] of message.getUserPropertiesMap().entries())
    if (hasControl(key) || hasControl(value))
      throw new RefusedError(
        code.illegalMessageProperty,
        `property ${JSON.stringify(key)} cannot contain control character`,
      );
}

/** Encodes a delivery for a consumer. */
export function writeDelivery(topic: string, delivery: Delivery): Message {
  const { queue, offset, attempt, invisibleMs } = delivery;
  const message = definition.Message.deserializeBinary(delivery.message.content);
  message.getTopic()!.setName(topic);
  const checksum = createHash('md5').update(message.getBody_asU8()).digest('hex').toUpperCase();
  message
    .getSystemProperties()!
    // Required: the client reads it without checking that it exists.
    .setBodyDigest(new definition.Digest().setType(definition.DigestType.MD5).setChecksum(checksum))
    .setQueueId(queue)
    .setQueueOffset(offset)
    .setDeliveryAttempt(attempt)
    .setReceiptHandle(writeHandle(delivery))
    .setInvisibleDuration(duration(invisibleMs))
    .setStoreTimestamp(timestamp(delivery.message.storedAt))
    .setStoreHost('127.0.0.1');
  return message;
}
