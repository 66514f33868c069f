import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CannotStartError } from '../errors.js';
import { exclusively } from '../processes/exclusive.js';

const run = promisify(execFile);

/**
 * RocketMQ itself needs 8. The options that open JDK internals to its store exist since 9; 11 is the next LTS version.
 */
const minJava = 11;

/** Jars whose version is pinned in a pom. */
export interface JarSet {
  /** Name for progress and error messages. */
  readonly name: string;
  readonly size: string;
  /** The property of the pom that holds the version. */
  readonly versionProperty: string;
  /** Names of required jars, without their version. */
  readonly jars: readonly string[];
}

/** The jars of RocketMQ, from `docker/rocketmq/pom.xml`. */
const rocketMqJars: JarSet = {
  name: 'RocketMQ',
  size: '100 MB',
  versionProperty: 'rocketmq.version',
  jars: ['rocketmq-proxy', 'rocketmq-namesrv'],
};

/**
 * Makes sure that `libDir` has the jars of `pomFile`, and downloads them with Maven if needed. Several processes can
 * call it at once.
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
    say(`downloading ${set.name} ${version} from Maven Central (${set.size}, only once)…`);
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
        `Maven could not download ${set.name}: ${reason.trim()}`,
        'Check the network connection.',
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
  const advice = `Install Java ${minJava} or newer (Debian: apt install openjdk-17-jre-headless), or start Docker.`;
  let output: string;
  try {
    output = (await run('java', ['-version'])).stderr;
  } catch (cause) {
    throw new CannotStartError(`${name} needs Java, and \`java\` was not found.`, advice, { cause });
  }
  const version = /version "(?:1\.)?(\d+)/.exec(output)?.[1];
  if (version !== undefined && Number(version) < minJava)
    throw new CannotStartError(
      `${name} needs Java ${minJava} or newer; \`java\` is version ${version}.`,
      advice,
    );
}

async function requireMaven({ name }: JarSet): Promise<void> {
  try {
    await run('mvn', ['-v']);
  } catch (cause) {
    throw new CannotStartError(
      `Maven is needed once to download ${name}, and \`mvn\` was not found.`,
      'Install it (Debian: apt install maven), or start Docker.',
      { cause },
    );
  }
}
