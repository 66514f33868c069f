import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { holds, type CaseResult } from './result.js';

/** Results as lines of JSON, each written as soon as its case is over, so that a run can be taken up again. */
export class ResultsFile {
  readonly #file: string;
  readonly #results: CaseResult[];

  /** @param resume whether what it holds counts; otherwise it is renamed to *.before */
  constructor(file: string, resume: boolean) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true });
    if (!resume && existsSync(file)) renameSync(file, `${file}.before`);
    this.#results = existsSync(file) ? read(file) : [];
  }

  /** The latest result of each seed, in the order of seeds. */
  get all(): CaseResult[] {
    return [...new Map(this.#results.map((result) => [result.seed, result])).values()].toSorted(
      (a, b) => a.seed - b.seed,
    );
  }

  /** Results that did not hold or missed a bound, of seeds that were run again since. */
  get overtaken(): CaseResult[] {
    const latest = new Set(this.all);
    return this.#results.filter(
      (result) => !latest.has(result) && !(holds(result) && result.targets.every(({ met }) => met)),
    );
  }

  add(result: CaseResult): void {
    this.#results.push(result);
    appendFileSync(this.#file, `${JSON.stringify(result)}\n`);
  }
}

function read(file: string): CaseResult[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  // The last one may have been cut off in the middle; its case is run again.
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as CaseResult];
    } catch {
      return [];
    }
  });
}
