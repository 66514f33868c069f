import type { SaleTerms } from '@seckill/inventory-client';

/** The fault of one field of a request. */
export interface Fault {
  /** The field, such as `terms.title`. */
  field: string;
  message: string;
}

/** Largest integer of a column. */
const MAX_UNITS = 2 ** 31 - 1;

/** Year 9999: a later time is most likely a mistake of units. */
const MAX_TIME = Date.UTC(10_000, 0) - 1;

/** The first fault of a sale's terms by themselves, without a look at the stored sale. */
export function checkSale(saleId: string, terms: SaleTerms | undefined): Fault | undefined {
  if (!isSaleId(saleId)) return { field: 'sale_id', message: 'a sale id must be [a-z0-9-]{1,64}' };
  if (!terms) return { field: 'terms', message: 'terms are missing' };
  const { title, total, perUserLimit, opensAt, closesAt } = terms;
  const letters = Array.from(title).length;
  if (letters < 1 || letters > 200 || title.includes('\0'))
    return { field: 'terms.title', message: 'a title must have 1 to 200 characters' };
  if (!isUnits(total)) return { field: 'terms.total', message: `a total must be 1 to ${MAX_UNITS}` };
  if (!isUnits(perUserLimit))
    return { field: 'terms.per_user_limit', message: `a limit per user must be 1 to ${MAX_UNITS}` };
  if (!isTime(opensAt))
    return { field: 'terms.opens_at_ms', message: 'a time must be ms since 1970, before the year 10000' };
  if (!isTime(closesAt))
    return { field: 'terms.closes_at_ms', message: 'a time must be ms since 1970, before the year 10000' };
  if (closesAt <= opensAt)
    return { field: 'terms.closes_at_ms', message: 'a sale must close after it opens' };
  return undefined;
}

/** Whether a text can be the id of a sale. */
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
