import type { TopicSpec } from '../../rocketmq/topology.js';
import { clientIdOf, type CallContext } from './call-context.js';
import { messageTypes } from './message-codec.js';
import { definition, service } from './protocol.js';
import type {
  Endpoints,
  HeartbeatRequest,
  HeartbeatResponse,
  MessageQueue,
  NotifyClientTerminationRequest,
  NotifyClientTerminationResponse,
  QueryAssignmentRequest,
  QueryAssignmentResponse,
  QueryRouteRequest,
  QueryRouteResponse,
  Status,
} from './protocol-types.js';
import { okStatus } from './status.js';

/** All queues of a topic, with their addresses. */
export async function queryRoute(
  context: CallContext,
  request: QueryRouteRequest,
): Promise<QueryRouteResponse> {
  const spec = context.broker.topic(request.getTopic()?.getName() ?? '');
  const response = new service.QueryRouteResponse().setStatus(okStatus());
  const [accepted] = [...messageTypes].find(([, type]) => type === spec.type)!;
  for (let queue = 0; queue < spec.queues; queue++)
    response.addMessageQueues(
      messageQueue(context, spec, queue, request.getEndpoints()).setAcceptMessageTypesList([accepted]),
    );
  return response;
}

/** A PushConsumer receives from the whole broker at once (queue −1), a FIFO PushConsumer from single queues. */
export async function queryAssignment(
  context: CallContext,
  request: QueryAssignmentRequest,
): Promise<QueryAssignmentResponse> {
  const spec = context.broker.topic(request.getTopic()?.getName() ?? '');
  const fifo = context.broker.group(request.getGroup()?.getName() ?? '')?.fifo ?? false;
  const queues = fifo ? Array.from({ length: spec.queues }, (_, queue) => queue) : [-1];
  const response = new service.QueryAssignmentResponse().setStatus(okStatus());
  for (const queue of queues)
    response.addAssignments(
      new definition.Assignment().setMessageQueue(messageQueue(context, spec, queue, request.getEndpoints())),
    );
  return response;
}

/** Records that a client is alive. */
export async function heartbeat(
  { clients }: CallContext,
  _request: HeartbeatRequest,
  call: Parameters<typeof clientIdOf>[0],
): Promise<HeartbeatResponse> {
  const clientId = clientIdOf(call);
  clients.seen(clientId);
  return new service.HeartbeatResponse().setStatus(clients.knows(clientId) ? okStatus() : unknownClient());
}

/** The client disconnects: its messages become visible to others. */
export async function notifyClientTermination(
  { clients, broker }: CallContext,
  _request: NotifyClientTerminationRequest,
  call: Parameters<typeof clientIdOf>[0],
): Promise<NotifyClientTerminationResponse> {
  const clientId = clientIdOf(call);
  const known = clients.left(clientId);
  if (known) broker.clientLeft(clientId);
  return new service.NotifyClientTerminationResponse().setStatus(known ? okStatus() : unknownClient());
}

/** Uses the address that the client has used, like the proxy of a cluster: there may be a TCP proxy in between. */
function messageQueue(
  { address }: CallContext,
  { name }: TopicSpec,
  queue: number,
  asked: Endpoints | undefined,
): MessageQueue {
  const { host, port } = address();
  const own = new definition.Endpoints().setScheme(definition.AddressScheme.IPV4);
  own.addAddresses(new definition.Address().setHost(host).setPort(port));
  const endpoints = asked && asked.getAddressesList().length > 0 ? asked : own;
  return new definition.MessageQueue()
    .setTopic(new definition.Resource().setName(name))
    .setId(queue)
    .setPermission(definition.Permission.READ_WRITE)
    .setBroker(new definition.Broker().setName('stand-in').setId(0).setEndpoints(endpoints));
}

function unknownClient(): Status {
  return new definition.Status()
    .setCode(definition.Code.UNRECOGNIZED_CLIENT_TYPE)
    .setMessage('cannot find client settings for this client');
}
