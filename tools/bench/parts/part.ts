import type { BenchOptions } from '../command/options.js';
import type { Generator } from '../generator/generator.js';
import type { Results } from '../report/results.js';

/** The user wants it to end. What was measured is kept. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** What every part is given. */
export interface PartContext {
  readonly options: BenchOptions;
  readonly generator: Generator;
  /** Of the parts before. */
  readonly results: Results;
  /** Writes what was measured so far. */
  readonly save: (data: unknown) => void;
  /** Prints a line of progress. */
  readonly say: (line: string) => void;
  /** @throws InterruptedError once the user wants it to end */
  readonly check: () => void;
}

/** Measures one part; what it returns is what was saved last. */
export type Part = (context: PartContext) => Promise<void>;
