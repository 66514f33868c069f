import { check, describe, type History, type Ledger } from '@tools/checker';

/**
 * Judges a history by the ledger and prints what was found, in words.
 * @throws Error with every violation
 */
export function expectIntact(title: string, history: History, ledger: Ledger): void {
  const verdict = check(history, ledger);
  console.log(`${title}\n${describe(verdict)}`);
  if (!verdict.ok) throw new Error(`${title}\n${JSON.stringify(verdict.violations.slice(0, 10), null, 1)}`);
}
