import { describe, expect, it } from '@jest/globals';
import { bar, milliseconds, percent, table } from './table.js';

describe('table', () => {
  it('puts words to the left and numbers to the right', () => {
    expect(
      table([
        ['ms', 'p50', 'max'],
        ['answer', '7', '1,234'],
      ]),
    ).toEqual(['ms      p50    max', 'answer    7  1,234']);
  });

  it('has no trailing blanks where a row is short, and nothing for nothing', () => {
    expect(table([['a', '1', '2'], ['long']])).toEqual(['a     1  2', 'long']);
    expect(table([])).toEqual([]);
  });
});

describe('bar', () => {
  it('is as long as its part, in eighths', () => {
    expect([bar(10, 10, 4), bar(5, 10, 4), bar(1, 64, 4), bar(3, 32, 4)]).toEqual(['████', '██', '▏', '▍']);
  });

  it('shows what is not nothing, and nothing for nothing', () => {
    expect([bar(1, 1_000_000, 4), bar(0, 10, 4), bar(0, 0, 4)]).toEqual(['▏', '', '']);
  });
});

describe('numbers', () => {
  it('have a digit more where there are few', () => {
    expect([milliseconds(0.25), milliseconds(9.94), milliseconds(1_234.4)]).toEqual(['0.3', '9.9', '1,234']);
    expect([percent(1, 8), percent(1, 1), percent(0, 0)]).toEqual(['12.5 %', '100.0 %', '0.0 %']);
  });
});
