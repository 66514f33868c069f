/** The statuses of apache.rocketmq.v2 (enum Code of its `definition.proto`) that the broker answers with. */
export const code = {
  badRequest: 40_000,
  illegalTopic: 40_002,
  illegalConsumerGroup: 40_003,
  illegalMessageTag: 40_004,
  illegalMessageKey: 40_005,
  illegalMessageProperty: 40_007,
  illegalMessageId: 40_009,
  illegalFilterExpression: 40_010,
  illegalInvisibleTime: 40_011,
  illegalDeliveryTime: 40_012,
  invalidReceiptHandle: 40_013,
  messageTypeConflict: 40_014,
  messageCorrupted: 40_016,
  topicNotFound: 40_402,
  consumerGroupNotFound: 40_403,
  messageBodyTooLarge: 41_301,
  messageBodyEmpty: 41_302,
  internalServerError: 50_001,
  unsupported: 50_500,
} as const;

/** The broker refused a request, and nothing has changed. The same request would be refused again. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  /** @param status a code of apache.rocketmq.v2 */
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}
