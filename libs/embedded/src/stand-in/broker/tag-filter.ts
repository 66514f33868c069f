import { code, RefusedError } from './refused-error.js';

/** Whether a group wants messages with a tag. */
export type TagFilter = (tag: string | undefined) => boolean;

/** `*` or an empty expression matches all messages; otherwise tags separated by `||` (RocketMQ `FilterAPI.java`). */
export function tagFilter(expression: string): TagFilter {
  const trimmed = expression.trim();
  if (trimmed === '' || trimmed === '*') return () => true;
  const tags = trimmed.split('||').map((tag) => tag.trim());
  if (tags.every((tag) => tag === ''))
    throw new RefusedError(code.illegalFilterExpression, 'a filter must have tags separated by ||');
  const wanted = new Set(tags);
  return (tag) => tag !== undefined && wanted.has(tag);
}
