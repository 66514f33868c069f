import { describe, expect, it } from '@jest/globals';
import { parseConditions } from './entity-tags.js';

describe('parseConditions', () => {
  it.each([
    [undefined, undefined, {}],
    ['*', undefined, { mustExist: true }],
    ['"3"', undefined, { ifMatch: [3] }],
    ['"3" , "4"', undefined, { ifMatch: [3, 4] }],
    ['W/"3", "4"', undefined, { ifMatch: [4] }],
    ['W/"3"', undefined, { ifMatch: [] }],
    ['"abc", "03", ""', undefined, { ifMatch: [] }],
    [undefined, ' * ', { mustNotExist: true }],
    ['"1"', '*', { ifMatch: [1], mustNotExist: true }],
  ])('reads If-Match %s and If-None-Match %s', (ifMatch, ifNoneMatch, conditions) => {
    expect(parseConditions(ifMatch, ifNoneMatch)).toEqual(conditions);
  });

  it.each(['', '3', '"3', '*, "3"', '"3",'])('refuses If-Match %j', (ifMatch) => {
    expect(() => parseConditions(ifMatch, undefined)).toThrow('If-Match');
  });

  it('refuses If-None-Match with tags, which PUT has no use for', () => {
    expect(() => parseConditions(undefined, '"3"')).toThrow('If-None-Match');
  });
});
