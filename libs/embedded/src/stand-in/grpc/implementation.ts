import {
  status,
  type handleUnaryCall,
  type ServerDuplexStream,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { AnswerDroppedError } from '../faults/faults.js';
import type { FaultyCall } from '../faults/fault-order.js';
import { clientIdOf, type CallContext } from './call-context.js';
import {
  ackMessage,
  changeInvisibleDuration,
  forwardToDeadLetters,
  receiveMessage,
  sendMessage,
} from './message-calls.js';
import { messagingService, service } from './protocol.js';
import type {
  ReceiveMessageRequest,
  ReceiveMessageResponse,
  Status,
  TelemetryCommand,
} from './protocol-types.js';
import { heartbeat, notifyClientTermination, queryAssignment, queryRoute } from './route-calls.js';
import { statusOf } from './status.js';
import { telemetry } from './telemetry.js';

type Metadata = Parameters<typeof clientIdOf>[0];

/** The whole service. Unsupported calls are answered with an error that names the call. */
export function implementation(context: CallContext): UntypedServiceImplementation {
  const unary = unaryWith(context);
  return {
    ...unsupported(),
    queryRoute: unary('route', queryRoute, () => new service.QueryRouteResponse()),
    queryAssignment: unary('assignment', queryAssignment, () => new service.QueryAssignmentResponse()),
    heartbeat: unary('heartbeat', heartbeat, () => new service.HeartbeatResponse()),
    notifyClientTermination: unary(
      undefined,
      notifyClientTermination,
      () => new service.NotifyClientTerminationResponse(),
    ),
    sendMessage: unary('send', sendMessage, () => new service.SendMessageResponse()),
    ackMessage: unary('ack', ackMessage, () => new service.AckMessageResponse()),
    changeInvisibleDuration: unary(
      'change-invisible',
      changeInvisibleDuration,
      () => new service.ChangeInvisibleDurationResponse(),
    ),
    forwardMessageToDeadLetterQueue: unary(
      'forward-to-dead-letters',
      forwardToDeadLetters,
      () => new service.ForwardMessageToDeadLetterQueueResponse(),
    ),
    receiveMessage: receiving(context),
    telemetry: (stream: ServerDuplexStream<TelemetryCommand, TelemetryCommand>) => telemetry(context, stream),
  };
}

/** Like RocketMQ, reports an error as a status in the response, not as an error of the call. */
function unaryWith(context: CallContext) {
  return <Request, Response extends { setStatus(status: Status): Response }>(
      fault: FaultyCall | undefined,
      run: (context: CallContext, request: Request, call: Metadata) => Promise<Response>,
      empty: () => Response,
    ): handleUnaryCall<Request, Response> =>
    async (call, answer) => {
      const work = () => run(context, call.request, call);
      try {
        answer(null, await (fault === undefined ? work() : context.faults.around(fault, work)));
      } catch (error) {
        if (!(error instanceof AnswerDroppedError)) answer(null, empty().setStatus(statusOf(error)));
      }
    };
}

function receiving(context: CallContext) {
  const run = async (call: ServerWritableStream<ReceiveMessageRequest, ReceiveMessageResponse>) => {
    try {
      await context.faults.around('receive', () => receiveMessage(context, call.request, call));
    } catch (error) {
      // While the call does not end, the consumer sees none of the written messages until its deadline.
      if (error instanceof AnswerDroppedError) return;
      call.write(new service.ReceiveMessageResponse().setStatus(statusOf(error)));
    }
    call.end();
  };
  return (call: ServerWritableStream<ReceiveMessageRequest, ReceiveMessageResponse>) => void run(call);
}

function unsupported(): UntypedServiceImplementation {
  const refusal = (name: string) => ({
    code: status.UNIMPLEMENTED,
    details: `${name} is not served by this stand-in of RocketMQ: it has no transactions, recall, pull or lite topics.`,
  });
  const refuse =
    (name: string): handleUnaryCall<unknown, unknown> =>
    (_call, answer) =>
      answer(refusal(name));
  const refuseStream = (name: string) => (call: ServerWritableStream<unknown, unknown>) =>
    void call.emit('error', refusal(name));
  return Object.fromEntries(
    Object.entries(messagingService).map(([name, { path, responseStream }]) => {
      const method = path.slice(path.lastIndexOf('/') + 1);
      return [name, responseStream ? refuseStream(method) : refuse(method)];
    }),
  );
}
