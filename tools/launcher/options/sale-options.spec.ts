import { describe, expect, it } from '@jest/globals';
import { parseSaleOptions } from './sale-options.js';

describe('parseSaleOptions', () => {
  it('lets 5,000 buyers storm 500 units of one item when nothing is said', () => {
    expect(parseSaleOptions([])).toEqual({
      buyers: 5_000,
      stock: 500,
      items: 1,
      concurrency: 500,
      gateways: [],
      waitS: undefined,
      timeoutS: 180,
      dataDir: '.data',
    });
  });

  it('takes every option, and any number of gateways', () => {
    const args =
      '--buyers 10 --stock=2 --items 3 --concurrency 4 --wait 0 --timeout 9 --data /tmp/x --gateway http://a:1/ --gateway http://b:2';
    expect(parseSaleOptions(args.split(' '))).toEqual({
      buyers: 10,
      stock: 2,
      items: 3,
      concurrency: 4,
      gateways: ['http://a:1', 'http://b:2'],
      waitS: 0,
      timeoutS: 9,
      dataDir: '/tmp/x',
    });
  });

  it.each([
    [['--buyers', '0'], '--buyers takes a whole number from 1 to 200000, not "0".'],
    [['--wait', 'long'], '--wait takes a whole number from 0 to 60, not "long".'],
    [
      ['--gateway', 'localhost:3000'],
      '--gateway takes a URL like http://127.0.0.1:3000, not "localhost:3000".',
    ],
    [['now'], 'Unexpected argument "now". --help shows what there is.'],
  ])('says about %j what to write instead', (args, message) => {
    expect(() => parseSaleOptions(args)).toThrow(message);
  });
});
