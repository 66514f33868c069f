import { describe, expect, it } from '@jest/globals';
import { isRunning, identify } from './process-identity.js';
import { OwnedProcess } from './owned-process.js';

const script = (text: string, onLine?: (line: string) => void) =>
  new OwnedProcess({
    name: 'the script',
    program: process.execPath,
    args: ['-e', text],
    ...(onLine && { onLine }),
  });
const waits = 'setInterval(() => {}, 1_000); console.log("up")';

describe('OwnedProcess', () => {
  it('keeps the output, hands each line on, and says how it ended', async () => {
    const lines: string[] = [];
    const child = script('console.log("one\\ntwo"); console.error("three"); process.exitCode = 3', (line) =>
      lines.push(line),
    );
    expect(await child.exited).toBe('ended with code 3');
    expect(child.pid).toBeUndefined();
    await expect(child.ready(() => true)).rejects.toThrow('the script ended with code 3:');
    expect(lines.toSorted()).toEqual(['one', 'three', 'two']);
  });

  it('stops in order, or is killed when that takes too long', async () => {
    const willing = script(waits);
    const identity = identify(willing.pid!)!;
    await willing.ready(() => willing.log.includes('up'));
    expect(await willing.stop()).toBe('ended with SIGTERM');
    expect(isRunning(identity)).toBe(false);
    const paused = script(waits);
    await paused.ready(() => paused.log.includes('up'));
    paused.signal('SIGSTOP');
    expect(await paused.stop()).toBe('ended with SIGTERM');
    const stubborn = script(`process.on('SIGTERM', () => {}); ${waits}`);
    await stubborn.ready(() => stubborn.log.includes('up'));
    expect(await stubborn.stop(50)).toBe('ended with SIGKILL');
    expect(await stubborn.stop()).toBe('ended with SIGKILL');
  });

  it('says when the program cannot be run, and when it does not become ready', async () => {
    const missing = new OwnedProcess({ name: 'it', program: '/nowhere/program' });
    await expect(missing.ready(() => false)).rejects.toThrow(
      'it could not be run: spawn /nowhere/program ENOENT',
    );
    const child = script(waits);
    await expect(child.ready(() => false, 50)).rejects.toThrow('the script is not ready after 0.05 s');
    expect(await child.kill()).toBe('ended with SIGKILL');
  });
});
