import { readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { AppProcess } from './app-process.js';
import { explained } from './explained.js';

const app = (name: string, log: string, how?: string) =>
  ({ name, log, endings: how === undefined ? [] : [{ how, asked: undefined }] }) as unknown as AppProcess;

describe('an explained error', () => {
  it('names who died by itself and who complained, and keeps all logs', () => {
    const original = new Error('500 units were to be sold');
    const error = explained(original, [
      app('gateway-1', 'one\ntwo', 'ended with code 1'),
      app('inventory-1', '{"level":"info","message":"fine"}\n{"level":"error","message":"bad"}'),
      app('seckill-service-1', '{"level":"info","message":"fine"}'),
    ]);
    expect(error).toBe(original);
    expect(error.message).toContain('500 units were to be sold');
    expect(error.message).toContain('gateway-1 ended with code 1 by itself; its last lines:\n  one\n  two');
    expect(error.message).toContain('inventory-1 complained:\n  {"level":"error","message":"bad"}');
    expect(error.message).not.toContain('seckill-service-1');
    expect(error.stack).toContain('inventory-1 complained');
    const directory = /All logs: (.*)/.exec(error.message)![1]!;
    expect(readFileSync(`${directory}/seckill-service-1.log`, 'utf8')).toContain('fine');
    rmSync(directory, { recursive: true });
  });

  it('takes what is no error', () => {
    expect(explained('gone', []).message).toMatch(/^gone/);
  });
});
