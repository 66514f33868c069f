/** An order to the asking process. */
export type AskerOrder =
  /** Keeps so many requests in flight. */
  | { readonly kind: 'load'; readonly inFlight: number; readonly rampMs: number; readonly measureMs: number }
  /** Sends so many requests that stay unanswered, and measures their memory. */
  | { readonly kind: 'weigh'; readonly waiters: number };

/** Of a load. Latencies in ms. */
export interface AskerSeen {
  readonly requests: number;
  readonly elapsedMs: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
  readonly envelopes: number;
}

/** Of waiters: bytes of heap, of all of them. */
export interface Weighed {
  readonly heapBytes: number;
}
