/** What the requests of a round look like. */
export type Requests =
  /** Purchases as the product's contract says, each by a user of its own, spread evenly over the paths. */
  | {
      readonly kind: 'purchase';
      readonly paths: readonly string[];
      readonly secret: string;
      readonly prefer?: string;
    }
  /** Purchases as raw-pipeline takes them: whole numbers, no token. */
  | { readonly kind: 'raw'; readonly items: number; readonly firstUser: number };

/** How requests arrive. */
export type Load =
  /** Each connection sends its next request once it has the answer. */
  | { readonly kind: 'closed'; readonly connections: number }
  /** Requests arrive at a fixed rate, whatever the answers do. */
  | { readonly kind: 'open'; readonly connections: number; readonly perSecond: number }
  /** Each connection sends one request and waits. */
  | { readonly kind: 'hold'; readonly connections: number };

/** One round of load. */
export interface Plan {
  readonly port: number;
  readonly requests: Requests;
  readonly load: Load;
  /** ms of load before anything counts. */
  readonly rampMs: number;
  /** ms that count. */
  readonly measureMs: number;
  /** ms to wait for the answers under way afterwards. */
  readonly drainMs: number;
}

/** What the generator saw in the time that counts. */
export interface Seen {
  /** ms that counted. */
  readonly elapsedMs: number;
  /** Requests answered in that time. */
  readonly completed: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Connections lost with a request under way. */
  readonly lost: number;
  /** Requests that were due and had no answer when the drain was over. Open loop only. */
  readonly unanswered: number;
  /** ms; open loop: from the moment at which a request was due. */
  readonly latency: Readonly<Record<'p50' | 'p90' | 'p99' | 'p999' | 'max' | 'mean', number>>;
}

/** An order to the load generator. */
export type Order = { readonly kind: 'run'; readonly plan: Plan } | { readonly kind: 'release' };
