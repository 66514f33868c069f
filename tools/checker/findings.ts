import { CHECKS, type CheckName, type Violation } from './verdict.js';

/** Collects violations: counts all of them, keeps the first few of each check. */
export class Findings {
  readonly violations: Violation[] = [];
  readonly counts: Partial<Record<CheckName, number>> = {};
  readonly #kept: number;

  /** @param kept how many violations of each check are kept with their facts */
  constructor(kept: number) {
    this.#kept = kept;
  }

  add(check: CheckName, message: string, facts: Readonly<Record<string, unknown>>): void {
    const count = (this.counts[check] ?? 0) + 1;
    this.counts[check] = count;
    if (count > this.#kept) return;
    this.violations.push({ check, invariant: CHECKS[check].invariant, message, facts });
  }
}
