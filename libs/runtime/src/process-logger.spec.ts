import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { readLogSettings } from './log-settings.js';
import { ProcessLogger } from './process-logger.js';

function logger(environment: NodeJS.ProcessEnv = {}) {
  const lines: string[] = [];
  const to = { write: (line: string) => void lines.push(line) };
  const log = new ProcessLogger(
    { app: 'gateway', instanceId: 'gateway-1' },
    readLogSettings(environment),
    to,
  );
  return { log, lines, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> };
}

describe('ProcessLogger', () => {
  it('writes one line of JSON with the message, the fields and the name of the logger', () => {
    const { log, lines, last } = logger();
    Logger.overrideLogger(log);
    try {
      new Logger('purchases').warn('answered as pending', { requestId: 'r-1', gatewayId: 'gateway-1' });
    } finally {
      Logger.overrideLogger(false);
    }
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(last()).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      app: 'gateway',
      instanceId: 'gateway-1',
      context: 'purchases',
      requestId: 'r-1',
      gatewayId: 'gateway-1',
      message: 'answered as pending',
    });
  });

  it('keeps all other arguments', () => {
    const { log, last } = logger();
    const defect = new Error('a defect', { cause: new Error('its cause') });
    log.error('GET / failed', { error: defect, requestId: 'r-2' }, 'http');
    expect(last()).toMatchObject({ message: 'GET / failed', requestId: 'r-2', context: 'http' });
    expect(JSON.stringify(last()['error'])).toContain('process-logger.spec.ts');
    expect(JSON.stringify(last()['error'])).toContain('its cause');
    log.error(defect, 'ExceptionsHandler');
    expect(last()).toMatchObject({
      message: 'a defect',
      context: 'ExceptionsHandler',
      error: { type: 'Error' },
    });
    log.error('as Nest says it', 'Error: x\n    at y.ts:1:1', 'RpcExceptionsHandler');
    expect(last()).toMatchObject({ message: 'as Nest says it', stack: 'Error: x\n    at y.ts:1:1' });
    log.warn('words', 'more words', 3, ['a'], 'context');
    expect(last()).toMatchObject({ message: 'words', details: ['more words', 3, ['a']], context: 'context' });
    log.fatal({ message: 'only an object', code: 7 });
    expect(last()).toMatchObject({ level: 'fatal', message: 'only an object', code: 7 });
    log.log(undefined);
    expect(last()).toMatchObject({ level: 'info', message: 'undefined' });
  });

  it('leaves out lines below LOG_LEVEL, and what Nest logs about modules and routes', () => {
    const { log, lines } = logger({ LOG_LEVEL: 'warn' });
    log.log('started');
    log.verbose('very much');
    expect(lines).toEqual([]);
    log.warn('careful');
    expect(lines).toHaveLength(1);
    const all = logger({ LOG_LEVEL: 'trace' });
    all.log.log('Mapped {/health/live, GET} route', 'RouterExplorer');
    expect(all.lines).toEqual([]);
    all.log.verbose('very much');
    all.log.debug('much');
    expect(all.lines).toHaveLength(2);
  });

  it('writes text for people, with stacks below', () => {
    const { log, lines } = logger({ LOG_FORMAT: 'text' });
    log.warn('answered as pending', { requestId: 'r-1', reason: 'no answer', after: 3 }, 'purchases');
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} WARN {2}\[purchases\] answered as pending requestId=r-1 reason="no answer" after=3\n$/,
    );
    log.error('GET / failed', { error: new Error('a defect') }, 'http');
    expect(lines[1]).toMatch(/ERROR \[http\] GET \/ failed\nError: a defect\n\s+at .*process-logger\.spec/);
    log.error('as Nest says it', 'Error: x\n    at y.ts:1:1', 'RpcExceptionsHandler');
    expect(lines[2]).toMatch(/as Nest says it\nError: x\n {4}at y\.ts:1:1\n$/);
  });

  it('names the allowed values of LOG_FORMAT and LOG_LEVEL', () => {
    expect(() => readLogSettings({ LOG_FORMAT: 'xml', LOG_LEVEL: 'loud' })).toThrow(
      'set LOG_FORMAT: json for machines, text for people; json when not set; set LOG_LEVEL: fatal, error, warn, info, debug or trace',
    );
  });
});
