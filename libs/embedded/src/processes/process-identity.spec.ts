import { spawn } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { endProcess, waitForExit } from './end-process.js';
import { commandLine, identify, isRunning } from './process-identity.js';

const exitOf = (child: ReturnType<typeof spawn>) => new Promise((resolve) => child.once('exit', resolve));

/** Resolves once the script has printed that it handles signals. */
async function stubborn() {
  const child = spawn(process.execPath, [
    '-e',
    `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready')`,
  ]);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

describe('identify', () => {
  it('distinguishes a process from another one with the same process id', () => {
    const self = identify(process.pid)!;
    expect(isRunning(self)).toBe(true);
    expect(isRunning({ ...self, startedAt: 'before' })).toBe(false);
    expect(commandLine(process.pid)).toContain('jest');
  });

  it('does not report a process as running that has ended', async () => {
    const child = spawn('true');
    const identity = identify(child.pid!);
    await exitOf(child);
    expect(identify(child.pid!)).toBeUndefined();
    expect(identity === undefined || !isRunning(identity)).toBe(true);
  });
});

describe('endProcess', () => {
  it('sends the first signal, which is enough', async () => {
    const child = spawn('sleep', ['60']);
    const ended = exitOf(child);
    expect(await endProcess(identify(child.pid!)!, 10_000)).toBe('ended');
    await ended;
    expect(child.signalCode).toBe('SIGTERM');
  });

  it('kills a process that ignores the first signal', async () => {
    const child = await stubborn();
    const ended = exitOf(child);
    expect(await endProcess(identify(child.pid!)!, 50)).toBe('killed');
    await ended;
    expect(child.signalCode).toBe('SIGKILL');
  });

  it('does not signal another process with the same process id', async () => {
    const child = spawn('sleep', ['60']);
    expect(await endProcess({ pid: child.pid!, startedAt: 'before' }, 0)).toBe('absent');
    expect(await waitForExit(identify(child.pid!)!, 50)).toBe(false);
    child.kill('SIGKILL');
  });
});
