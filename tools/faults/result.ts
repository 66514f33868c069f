/** One target, as it was measured. */
export interface Target {
  readonly name: string;
  readonly met: boolean;
  /** What was measured, in words, with its bound. */
  readonly measured: string;
  /** Whether a machine that is busy with other things cannot excuse it. */
  readonly hard: boolean;
}

/** What became of one case; a line of JSON in the results. */
export interface CaseResult {
  readonly seed: number;
  readonly broker: 'stand-in' | 'real';
  readonly seconds: number;
  readonly kinds: readonly string[];
  /** What was done, in words. */
  readonly faults: readonly string[];
  readonly at: string;
  readonly requests: number;
  readonly operations: number;
  /** Operations by the kind of answer. */
  readonly answers: Readonly<Record<string, number>>;
  /** Requests by what their buyers knew in the end. */
  readonly told: Readonly<Record<string, number>>;
  /** What is broken, by the checker. */
  readonly violations: readonly string[];
  /** ms; undefined where nothing was killed. */
  readonly stallFreeMs: number | undefined;
  readonly stallUnderWayMs: number | undefined;
  readonly stallLongestMs: number;
  /** The longest before the first fault: what the machine does without one. */
  readonly stallQuietMs: number;
  /** ms after the last fault's end until all that was begun before was known. */
  readonly settledMs: number;
  /** Still pending when the case ended. */
  readonly pending: number;
  /** MB by process. */
  readonly memoryMb: Readonly<Record<string, number>>;
  readonly targets: readonly Target[];
  /** The driver itself could not do what it wanted. */
  readonly failure?: string | undefined;
}

/** Whether every promise was kept and everything settled without help. */
export function holds({ targets, failure }: CaseResult): boolean {
  return failure === undefined && targets.every(({ met, hard }) => met || !hard);
}
