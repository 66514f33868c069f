/**
 * Array literals for parameters. The driver builds its own, with two replacements per element; for the ten columns of
 * a large batch that takes much of a transaction's time in this process.
 */

/** A literal for `text[]`, `uuid[]` or an enum's array. */
export function textArray(items: Iterable<string | undefined>): string {
  let literal = '';
  for (const item of items) {
    if (literal !== '') literal += ',';
    literal +=
      item === undefined ? 'NULL' : `"${special.test(item) ? item.replace(specials, '\\$&') : item}"`;
  }
  return `{${literal}}`;
}

/** A literal for `int[]` or `float8[]`. */
export function numberArray(items: Iterable<number | undefined>): string {
  let literal = '';
  for (const item of items) {
    if (literal !== '') literal += ',';
    literal += item ?? 'NULL';
  }
  return `{${literal}}`;
}

const special = /["\\]/;
const specials = /["\\]/g;
