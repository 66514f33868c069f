import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const SLOWEST = 20;
/** Of each failure; all of it stands above, where it happened. */
const LINES = 60;

const seconds = (ms) => (ms / 1_000).toFixed(1).padStart(7);

/** A seed that a title or a failure names, as fast-check and seeded tests print it. */
function seedIn(text) {
  return /\bseed["']?\s*[:=]\s*(-?\d+)/i.exec(text)?.[1];
}

/** For a shell, and there for a regular expression. */
function quoted(title) {
  return `'${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll("'", "'\\''")}'`;
}

/**
 * What stands at the end of a run: the slowest files, then each failure with its seed and how to run it alone.
 * TEST_SUMMARY names a file that is given the counts, as JSON.
 */
export default class Summary {
  #ran = [];

  constructor(globalConfig) {
    this.root = globalConfig.rootDir;
  }

  onTestFileResult(test, result) {
    this.#ran.push({
      path: relative(this.root, test.path),
      project: test.context.config.displayName?.name,
      result,
    });
  }

  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites }) {
    const ran = this.#ran.map(({ path, project, result }) => {
      const { start, end } = result.perfStats;
      return { path, project, result, ms: end - start };
    });
    if (ran.length > 1) {
      console.log(
        `\nThe slowest files, s (of ${ran.length}, ${seconds(ran.reduce((sum, { ms }) => sum + ms, 0)).trim()} in all):`,
      );
      for (const { path, ms } of ran.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST))
        console.log(`${seconds(ms)}  ${path}`);
    }
    for (const one of ran) this.#tellFailures(one);
    const file = process.env.TEST_SUMMARY;
    if (!file) return;
    const passed = numPassedTests;
    // A file that could not be run, or left something open, has no failed test in it, and is a failure all the same.
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    writeFileSync(file, JSON.stringify({ passed, failed, skipped: numPendingTests }));
  }

  #tellFailures({ path, project, result }) {
    const alone = `npm run test:${project} -- --testPathPatterns ${path.replace(/\.spec\.ts$/, '')}`;
    const failed = result.testResults.filter(({ status }) => status === 'failed');
    for (const { fullName, failureMessages } of failed) {
      const words = failureMessages.map(stripVTControlCharacters).join('\n');
      const seed = seedIn(`${fullName}\n${words}`);
      const lines = words.split('\n');
      console.log(`\nFAILED ${path}: ${fullName}${seed === undefined ? '' : ` (seed ${seed})`}`);
      console.log(lines.slice(0, LINES).join('\n'));
      if (lines.length > LINES) console.log(`… ${lines.length - LINES} more lines above`);
      console.log(`Alone: ${alone} -t ${quoted(fullName)}`);
    }
    if (result.testExecError && failed.length === 0) {
      console.log(
        `\nFAILED ${path}: it could not be run to its end\n${result.failureMessage ?? ''}\nAlone: ${alone}`,
      );
    }
  }
}
