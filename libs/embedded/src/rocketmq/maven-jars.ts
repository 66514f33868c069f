import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CannotStartError } from '../errors.js';
import { exclusively } from '../processes/exclusive.js';

const run = promisify(execFile);

/** RocketMQ itself takes 8; the options that open the JDK to its store are known since 9, and 11 is the next that lasts. */
const leastJava = 11;

/** Jars that a pom pins and brings. */
export interface JarSet {
  /** What they are, for whoever waits for them or cannot have them. */
  readonly name: string;
  readonly size: string;
  /** The property of the pom that holds the version. */
  readonly versionProperty: string;
  /** Names of jars, without their version, that must be there. */
  readonly jars: readonly string[];
}

/** RocketMQ's, by `docker/rocketmq/pom.xml`. */
export const rocketMqJars: JarSet = {
  name: 'RocketMQ',
  size: '100 MB',
  versionProperty: 'rocketmq.version',
  jars: ['rocketmq-proxy', 'rocketmq-namesrv'],
};

/**
 * Makes sure that `libDir` holds the jars that `pomFile` pins; fetches them with Maven once.
 * Safe to call from several processes at once.
 *
 * @throws CannotStartError when Java or Maven is missing, or the download fails
 */
export async function ensureJars(
  pomFile: string,
  libDir: string,
  say: (line: string) => void,
  set: JarSet = rocketMqJars,
): Promise<void> {
  const version = pinnedVersion(pomFile, set);
  await requireJava(set);
  if (hasVersion(libDir, version, set)) return;
  await exclusively(`${libDir}.lock`, async () => {
    if (hasVersion(libDir, version, set)) return;
    await requireMaven(set);
    say(`fetching ${set.name} ${version} from Maven Central (${set.size}, once)…`);
    const incoming = `${libDir}.incoming`;
    rmSync(incoming, { recursive: true, force: true });
    mkdirSync(dirname(libDir), { recursive: true });
    try {
      await run(
        'mvn',
        ['-q', '-B', '-f', pomFile, 'dependency:copy-dependencies', `-DoutputDirectory=${incoming}`],
        { maxBuffer: 16 * 1024 * 1024 },
      );
    } catch (cause) {
      const { stdout = '', message } = cause as { stdout?: string; message: string };
      const reason = stdout.split('\n').find((line) => line.includes('ERROR')) ?? message;
      throw new CannotStartError(
        `Maven could not fetch ${set.name}: ${reason.trim()}`,
        'Is there a network?',
        {
          cause,
        },
      );
    }
    rmSync(libDir, { recursive: true, force: true });
    renameSync(incoming, libDir);
  });
}

function hasVersion(libDir: string, version: string, { jars }: JarSet): boolean {
  return jars.every((jar) => existsSync(join(libDir, `${jar}-${version}.jar`)));
}

function pinnedVersion(pomFile: string, { versionProperty }: JarSet): string {
  const version = new RegExp(`<${versionProperty}>([^<]+)<`).exec(readFileSync(pomFile, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${pomFile} has no property ${versionProperty}.`);
  return version;
}

async function requireJava({ name }: JarSet): Promise<void> {
  const advice = `Install Java ${leastJava} or newer (Debian: apt install openjdk-17-jre-headless), or start Docker.`;
  let words: string;
  try {
    words = (await run('java', ['-version'])).stderr;
  } catch (cause) {
    throw new CannotStartError(`${name} needs Java, and there is no \`java\` here.`, advice, { cause });
  }
  const version = /version "(?:1\.)?(\d+)/.exec(words)?.[1];
  if (version !== undefined && Number(version) < leastJava)
    throw new CannotStartError(`${name} needs Java ${leastJava}, and \`java\` here is ${version}.`, advice);
}

async function requireMaven({ name }: JarSet): Promise<void> {
  try {
    await run('mvn', ['-v']);
  } catch (cause) {
    throw new CannotStartError(
      `Maven is needed once to fetch ${name}, and there is no \`mvn\` here.`,
      'Install it (Debian: apt install maven), or start Docker.',
      { cause },
    );
  }
}
