import { describe, expect, it } from '@jest/globals';
import { CommandLineError, HelpRequest } from '@tools/command-line';
import { parseDeadLettersOptions } from './dead-letters-options.js';

describe('npm run dead-letters', () => {
  it('lists when nothing is said', () => {
    expect(parseDeadLettersOptions([])).toEqual({
      command: 'list',
      ids: [],
      all: false,
      limit: 100,
      endpoints: undefined,
      dataDir: '.data/stand-in',
    });
  });

  it('takes letters by their ids, or all of them', () => {
    expect(parseDeadLettersOptions(['replay', 'a', 'b'])).toMatchObject({
      command: 'replay',
      ids: ['a', 'b'],
    });
    expect(parseDeadLettersOptions(['drop', '--all'])).toMatchObject({ command: 'drop', all: true });
    expect(() => parseDeadLettersOptions(['drop', '--help'])).toThrow(HelpRequest);
  });

  it.each([
    [['bury'], 'not "bury"'],
    [['list', 'x'], 'Unexpected argument "x"'],
    [['show'], 'takes the ID'],
    [['drop'], 'either IDs of dead letters or --all'],
    [['replay', 'x', '--all'], 'either IDs of dead letters or --all'],
    [['list', '--limit', '0'], '--limit takes a whole number'],
  ])('says what is wrong with %j', (args, words) => {
    expect(() => parseDeadLettersOptions(args)).toThrow(CommandLineError);
    expect(() => parseDeadLettersOptions(args)).toThrow(words);
  });
});
