import { describe, expect, it } from '@jest/globals';
import { Printer } from './printer.js';

describe('Printer', () => {
  const lines: string[] = [];
  const printer = (coloured: boolean) =>
    new Printer(['inventory', 'gateway-1'], coloured, (line) => lines.push(line));

  it('puts the names in a column', () => {
    printer(false).print('inventory', 'ready');
    printer(false).print('gateway-1', 'ready');
    expect(lines.splice(0)).toEqual(['inventory | ready', 'gateway-1 | ready']);
  });

  it('gives each name a colour of its own in a terminal, and leaves the line alone', () => {
    const { print } = printer(true);
    print('inventory', 'ready');
    print('gateway-1', 'ready');
    expect(lines.splice(0)).toEqual([
      '\u001b[36minventory |\u001b[39m ready',
      '\u001b[32mgateway-1 |\u001b[39m ready',
    ]);
  });
});
