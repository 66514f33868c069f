/** How long to wait before a process is started again. Times in milliseconds. */
export interface BackoffOptions {
  /** @default 200 */
  readonly firstMs?: number;
  /** @default 5000 */
  readonly mostMs?: number;
  /** One that ran this long is taken to have been well. @default 30000 */
  readonly steadyMs?: number;
}

/** Waits that double as long as a process keeps ending soon. */
export class Backoff {
  private readonly firstMs: number;
  private readonly mostMs: number;
  private readonly steadyMs: number;
  private nextMs: number;

  constructor({ firstMs = 200, mostMs = 5_000, steadyMs = 30_000 }: BackoffOptions = {}) {
    this.firstMs = firstMs;
    this.mostMs = mostMs;
    this.steadyMs = steadyMs;
    this.nextMs = firstMs;
  }

  /** The wait after a process that ran for `ranMs`. */
  after(ranMs: number): number {
    const wait = ranMs >= this.steadyMs ? this.firstMs : this.nextMs;
    this.nextMs = Math.min(wait * 2, this.mostMs);
    return wait;
  }
}
