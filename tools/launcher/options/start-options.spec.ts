import { describe, expect, it } from '@jest/globals';
import { parseStartOptions } from './start-options.js';

describe('parseStartOptions', () => {
  it('runs two gateways, two services and one inventory when nothing is said', () => {
    expect(parseStartOptions([])).toEqual({
      gateways: 2,
      services: 2,
      inventories: 1,
      httpPort: 3_000,
      dataDir: '.data',
      fresh: false,
      tls: false,
      demo: true,
    });
  });

  it('takes every option', () => {
    const args =
      '--gateways 3 --services=1 --inventories 2 --http-port 5000 --data /tmp/x --fresh --tls --no-demo'.split(
        ' ',
      );
    expect(parseStartOptions(args)).toEqual({
      gateways: 3,
      services: 1,
      inventories: 2,
      httpPort: 5_000,
      dataDir: '/tmp/x',
      fresh: true,
      tls: true,
      demo: false,
    });
  });

  it.each([
    [['--gateways', '0'], '--gateways takes a whole number from 1 to 100, not "0".'],
    [['--http-port', '70000'], '--http-port takes a whole number from 1 to 64000, not "70000".'],
    [['now'], 'Unexpected argument "now". --help shows what there is.'],
    [['--gateway', '2'], "Unknown option '--gateway'. --help shows what there is."],
  ])('says about %j what to write instead', (args, message) => {
    expect(() => parseStartOptions(args)).toThrow(message);
  });
});
