import { describe, expect, it } from '@jest/globals';
import { CommandLineError, HelpRequest } from './errors.js';
import { describeOptions, flag, list, option, parseCommandLine } from './options.js';
import { commaSeparated, duration, oneOf, text, wholeNumber } from './readers.js';

const options = {
  buyers: option('N', 'how many', wholeNumber(1, 100), '50'),
  httpPort: option('PORT', 'a port', wholeNumber(1, 65_535)),
  gateway: list('URL', 'a gateway', text),
  fresh: flag('start empty'),
  with: option('docker|java', 'which', oneOf(['docker', 'java'])),
  items: option('N,…', 'items', commaSeparated(wholeNumber(1, 9)), '1,2'),
  expires: option('TIME', 'for how long', duration, '1h'),
};
const help = `Usage\n${describeOptions(options)}`;
const parse = (...args: string[]) => parseCommandLine(args, { help, options, words: 1 });

describe('a command line', () => {
  it('has defaults', () => {
    expect(parse()).toEqual({
      words: [],
      values: {
        buyers: 50,
        httpPort: undefined,
        gateway: [],
        fresh: false,
        with: undefined,
        items: [1, 2],
        expires: 3_600_000,
      },
    });
  });

  it('is read with both spellings of a value, in any order', () => {
    const args =
      'go --buyers=7 --http-port 1 --gateway a --gateway b --fresh --with java --items 3 --expires 2d';
    expect(parse(...args.split(' '))).toEqual({
      words: ['go'],
      values: {
        buyers: 7,
        httpPort: 1,
        gateway: ['a', 'b'],
        fresh: true,
        with: 'java',
        items: [3],
        expires: 172_800_000,
      },
    });
  });

  it.each([
    ['--buyers 101', '--buyers takes a whole number from 1 to 100, not "101".'],
    ['--items 1,x', '--items takes a whole number from 1 to 9, not "x".'],
    ['--expires soon', '--expires takes a time like 90s, 15m, 1h or 7d, not "soon".'],
    ['--with podman', '--with takes one of docker, java, not "podman".'],
    ['go now', 'Unexpected argument "now". --help shows what there is.'],
    ['--speed 9', "Unknown option '--speed'. --help shows what there is."],
    ['--http-port', "Option '--http-port <value>' argument missing. --help shows what there is."],
  ])('says about %j what to write instead', (args, message) => {
    expect(() => parse(...args.split(' '))).toThrow(CommandLineError);
    expect(() => parse(...args.split(' '))).toThrow(message);
  });

  it('shows its help, whatever else it says', () => {
    expect(() => parse('--help', '--buyers', 'many')).toThrow(new HelpRequest(help));
    expect(help.split('\n').slice(1, 3)).toEqual([
      '  --buyers N          how many (50)',
      '  --http-port PORT    a port',
    ]);
  });
});
