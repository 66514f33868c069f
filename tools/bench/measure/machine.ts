import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@seckill/embedded';

/** What a result was measured on, and with which versions. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly rocketmq: string;
  readonly commit: string;
  /** Load of the machine in the last minute, before anything was started. */
  readonly loadBefore: number;
  readonly at: string;
}

/** @param rocketmq which one the system uses */
export function describeMachine(rocketmq: 'real' | 'stand-in'): Machine {
  const all = cpus();
  const pom = readFileSync(join(repositoryRoot(), 'docker', 'rocketmq', 'pom.xml'), 'utf8');
  const version = /<rocketmq\.version>([^<]+)</.exec(pom)?.[1] ?? 'unknown';
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
    rocketmq: rocketmq === 'real' ? `RocketMQ ${version}` : 'the stand-in',
    commit: commit(),
    loadBefore: loadavg()[0]!,
    at: new Date().toISOString(),
  };
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: repositoryRoot(),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' with changes');
  } catch {
    return 'unknown';
  }
}
