import { invalidRequest } from './problem.js';

/** The entity tag of a version. Strong: it changes with every change of the terms. */
export const entityTag = (version: number): string => `"${version}"`;

/** What If-Match and If-None-Match ask for (RFC 9110, section 13.1). */
export interface Conditions {
  /** The stored version must be one of these. Empty: no entity tag can match. */
  ifMatch?: number[];
  mustExist?: boolean;
  mustNotExist?: boolean;
}

const tag = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;

/**
 * Reads the conditions of a PUT. Weak tags and tags that no version has never match (strong comparison).
 * @throws ProblemError 400 when a header is malformed or asks for what PUT cannot do
 */
export function parseConditions(ifMatch: string | undefined, ifNoneMatch: string | undefined): Conditions {
  const conditions: Conditions = {};
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*')
      throw invalidRequest({ field: 'If-None-Match', message: 'only * is supported' });
    conditions.mustNotExist = true;
  }
  if (ifMatch === undefined) return conditions;
  if (ifMatch.trim() === '*') return { ...conditions, mustExist: true };
  return { ...conditions, ifMatch: versions(ifMatch) };
}

function versions(ifMatch: string): number[] {
  // A comma inside a tag would split it here, but no version contains one: such a tag is refused as malformed.
  return ifMatch.split(',').flatMap((part) => {
    const [match, weak, opaque = ''] = tag.exec(part.trim()) ?? [];
    if (match === undefined)
      throw invalidRequest({ field: 'If-Match', message: 'must be * or a list of entity tags, such as "3"' });
    const version = /^(0|[1-9]\d*)$/.test(opaque) ? Number(opaque) : NaN;
    return weak === undefined && Number.isSafeInteger(version) ? [version] : [];
  });
}
