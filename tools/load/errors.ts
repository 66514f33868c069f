/** A gateway said no, for good: the same request will be refused again. */
export class ShopRefusedError extends Error {
  override readonly name = 'ShopRefusedError';

  /**
   * @param request what was asked for, in words
   * @param status HTTP status
   * @param detail the gateway's own words
   */
  constructor(
    readonly request: string,
    readonly status: number,
    readonly detail: string,
  ) {
    super(`The gateway refused to ${request}: ${status} ${detail}`);
  }
}

/** No gateway answered in time, or none of them could. Whether the request was carried out is unknown; try again later. */
export class ShopUnavailableError extends Error {
  override readonly name = 'ShopUnavailableError';

  /**
   * @param request what was asked for, in words
   * @param withinMs for how long it was tried
   */
  constructor(
    readonly request: string,
    readonly withinMs: number,
    options?: ErrorOptions,
  ) {
    super(`No gateway could ${request} within ${withinMs / 1_000} s.`, options);
  }
}
