/**
 * Array literals for parameters. The driver makes its own, element by element with two replacements each; for the
 * ten columns of a large batch that is a large part of a transaction's time in this process.
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
