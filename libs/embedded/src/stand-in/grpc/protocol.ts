/*
 * The protocol's classes come with the client, as CommonJS: their names are not seen as exports of a module.
 */
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import grpcService from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import durations from 'google-protobuf/google/protobuf/duration_pb.js';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';

export { definition, service };
/** The service as @grpc/grpc-js takes it. */
export const { MessagingServiceService: messagingService } = grpcService;

const { Duration } = durations;
const { Timestamp } = timestamps;

/** A length of time on the wire, from ms. */
export function duration(ms: number): InstanceType<typeof Duration> {
  return new Duration().setSeconds(Math.floor(ms / 1_000)).setNanos((ms % 1_000) * 1_000_000);
}

/** A moment on the wire, from ms since the epoch. */
export function timestamp(ms: number): InstanceType<typeof Timestamp> {
  return new Timestamp().setSeconds(Math.floor(ms / 1_000)).setNanos(Math.floor(ms % 1_000) * 1_000_000);
}

/** ms of a duration or timestamp, which have the same two fields. */
export function milliseconds(value: { getSeconds(): number; getNanos(): number }): number {
  return value.getSeconds() * 1_000 + Math.floor(value.getNanos() / 1_000_000);
}
