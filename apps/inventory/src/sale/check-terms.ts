import type { SaleTerms } from '@seckill/inventory-client';

/** What is wrong with a value of a request. */
export interface Fault {
  /** Such as `terms.title`. */
  field: string;
  message: string;
}

/** Largest whole number of a column. */
const MAX_UNITS = 2 ** 31 - 1;

/** Year 9999: what comes later is a slip of units. */
const MAX_TIME = Date.UTC(10_000, 0) - 1;

/** The first thing that is wrong with a sale, before anything stored is looked at. */
export function checkSale(saleId: string, terms: SaleTerms | undefined): Fault | undefined {
  if (!isSaleId(saleId)) return { field: 'sale_id', message: 'a sale id is [a-z0-9-]{1,64}' };
  if (!terms) return { field: 'terms', message: 'terms are missing' };
  const { title, total, perUserLimit, opensAt, closesAt } = terms;
  const letters = Array.from(title).length;
  if (letters < 1 || letters > 200 || title.includes('\0'))
    return { field: 'terms.title', message: 'a title has 1 to 200 characters' };
  if (!isUnits(total)) return { field: 'terms.total', message: `a total is 1 to ${MAX_UNITS}` };
  if (!isUnits(perUserLimit))
    return { field: 'terms.per_user_limit', message: `a limit per user is 1 to ${MAX_UNITS}` };
  if (!isTime(opensAt))
    return { field: 'terms.opens_at_ms', message: 'a time is ms since 1970, before 10000' };
  if (!isTime(closesAt))
    return { field: 'terms.closes_at_ms', message: 'a time is ms since 1970, before 10000' };
  if (closesAt <= opensAt) return { field: 'terms.closes_at_ms', message: 'a sale closes after it opens' };
  return undefined;
}

/** Whether a word can be the id of a sale. */
export function isSaleId(word: string): boolean {
  return /^[a-z0-9-]{1,64}$/.test(word);
}

/** Whether a number can be a time, in ms since the Unix epoch. */
export function isTime(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= MAX_TIME;
}

function isUnits(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= MAX_UNITS;
}
