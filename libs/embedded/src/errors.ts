/**
 * Something this machine lacks or holds taken: a port, a program, a permission, room on the disk. Nothing was left
 * running; trying again helps only after `message`'s advice was followed.
 */
export class CannotStartError extends Error {
  override readonly name = 'CannotStartError';

  /**
   * @param reason what happened
   * @param advice what the reader can do about it
   */
  constructor(
    readonly reason: string,
    readonly advice: string,
    options?: ErrorOptions,
  ) {
    super(`${reason} ${advice}`, options);
  }
}

/** RocketMQ answered an administrative request with a refusal. The same request will be refused again. */
export class BrokerRefusedError extends Error {
  override readonly name = 'BrokerRefusedError';

  /**
   * @param request what was asked for
   * @param code RocketMQ's response code
   * @param remark RocketMQ's own words
   */
  constructor(
    readonly request: string,
    readonly code: number,
    readonly remark: string,
  ) {
    super(`RocketMQ refused to ${request}: ${remark} (code ${code}).`);
  }
}
