/*
 * The protocol's classes come with the client as CommonJS, so they can only be imported through the default export.
 */
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import grpcService from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import durations from 'google-protobuf/google/protobuf/duration_pb.js';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';

export { definition, service };
/** The service definition for @grpc/grpc-js. */
export const { MessagingServiceService: messagingService } = grpcService;

const { Duration } = durations;
const { Timestamp } = timestamps;

/** A protobuf Duration from ms. */
export function duration(ms: number): InstanceType<typeof Duration> {
  return new Duration().setSeconds(Math.floor(ms / 1_000)).setNanos((ms % 1_000) * 1_000_000);
}

/** A protobuf Timestamp from ms since the epoch. */
export function timestamp(ms: number): InstanceType<typeof Timestamp> {
  return new Timestamp().setSeconds(Math.floor(ms / 1_000)).setNanos(Math.floor(ms % 1_000) * 1_000_000);
}

/** ms of a Duration or Timestamp, which have the same two fields. */
export function milliseconds(value: { getSeconds(): number; getNanos(): number }): number {
  return value.getSeconds() * 1_000 + Math.floor(value.getNanos() / 1_000_000);
}
