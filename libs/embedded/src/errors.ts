/**
 * A start failed because of this machine: a port that is in use, a missing program or permission, a full disk. Nothing
 * was left running. Retrying helps only after following the advice.
 */
export class CannotStartError extends Error {
  override readonly name = 'CannotStartError';

  /**
   * @param reason what happened
   * @param advice what the user can do about it
   */
  constructor(
    readonly reason: string,
    readonly advice: string,
    options?: ErrorOptions,
  ) {
    super(`${reason} ${advice}`, options);
  }
}

/** RocketMQ refused an administrative request. The same request would be refused again. */
export class BrokerRefusedError extends Error {
  override readonly name = 'BrokerRefusedError';

  /**
   * @param request what was requested
   * @param code RocketMQ's response code
   * @param remark RocketMQ's error message
   */
  constructor(
    readonly request: string,
    readonly code: number,
    readonly remark: string,
  ) {
    super(`RocketMQ refused to ${request}: ${remark} (code ${code}).`);
  }
}
