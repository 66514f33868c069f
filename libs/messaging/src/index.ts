export {
  RocketMqClient,
  type LateReply,
  type RocketMqClientEvents,
  type RocketMqClientOptions,
} from './client/rocketmq-client.js';
export {
  ClosedError,
  IncompleteReplyError,
  MaybeSentError,
  NotSentError,
  ReplyTimeoutError,
  RequestError,
  RequestRefusedError,
  RetriableError,
  SendError,
  UnavailableError,
  UnprocessableError,
  type RequestFacts,
} from './errors.js';
export { encodeEnvelope, type EnvelopeRequest } from './envelope.js';
export { HandlerErrorFilter } from './filters/handler-error.filter.js';
export { RequestErrorFilter } from './filters/request-error.filter.js';
export { RocketMqModule, type RocketMqModuleExtras } from './nest/rocketmq.module.js';
export { REPLY_SENDER, RocketMqServerModule } from './nest/rocketmq-server.module.js';
export { RocketMqRecordBuilder, type RocketMqRecord } from './record.js';
export { GrpcReplyReceiver, type GrpcReplyReceiverOptions } from './replies/grpc-reply-receiver.js';
export { GrpcReplySender, type GrpcReplySenderOptions } from './replies/grpc-reply-sender.js';
export type {
  Delivery,
  Reply,
  ReplySubscription,
  ReplyReceiver,
  ReplySender,
} from './replies/reply-channel.js';
export type { RocketMqConnection } from './rocketmq/connection.js';
export { GroupConsumer, type GroupConsumerOptions } from './rocketmq/group-consumer.js';
export type { HeldMessage } from './rocketmq/held-message.js';
export type { ConnectionStatus } from './rocketmq/keep-connected.js';
export { PatchedConsumer, PatchedProducer } from './rocketmq/patches.js';
export {
  rocketMqAccessOf,
  rocketMqConnection,
  rocketMqVariables,
  type RocketMqAccess,
} from './rocketmq/settings.js';
export { TopicProducer, type OutgoingMessage } from './rocketmq/topic-producer.js';
export { jsonSerializer, type PayloadFacts, type PayloadSerializer } from './serializer.js';
export {
  DeadLetters,
  type DeadLetter,
  type DeadLettersOptions,
  type DeadLetterAction,
} from './server/dead-letters.js';
export { RocketMqContext } from './server/context.js';
export type { UndeliveredReply } from './server/answers.js';
export {
  ROCKETMQ,
  RocketMqServer,
  type RocketMqServerEvents,
  type RocketMqServerOptions,
} from './server/rocketmq-server.js';
export type { HandlerExtras, PatternOptions } from './server/message-processor.js';
export { defaultRetryPolicy, PARKED, type RetryPolicy } from './server/failure-router.js';
