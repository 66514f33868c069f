import { setTimeout as sleep } from 'node:timers/promises';
import { TestEnvironment } from 'jest-environment-node';
import { PATIENCE } from './patience.mjs';

/** How long what a file has closed may take to be gone, ms. It judges no speed: the machine may be busy. */
const WITHIN_MS = 20_000;

/** A hook runs once for each test, and is stretched once. */
const stretched = new WeakSet();

/** What is on its way by itself and needs no closing: file reads, name look-ups, garbage collection of modules. */
const transient = /^(FS|GetAddrInfo|Immediate|Microtask|CloseReq)/;

/** What keeps this process from ending by itself, by type. */
function openResources() {
  const counts = new Map();
  for (const type of process.getActiveResourcesInfo())
    if (!transient.test(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

/** What has come since, in words; undefined when nothing has. */
function newSince(before) {
  const left = [...openResources()].filter(([type, count]) => count > (before.get(type) ?? 0));
  return left.length > 0
    ? left.map(([type, count]) => `${count - (before.get(type) ?? 0)} ${type}`).join(', ')
    : undefined;
}

/** Jest's own, where neither the configuration nor the test says another. */
const JEST_TIMEOUT_MS = 5_000;

/**
 * Runs a test file as Jest does, with two differences. The file fails when it leaves something open: a timer, a socket, a
 * process. And the bounds that tests and hooks give are taken for those of an idle machine: a busy one gets several times
 * as long. A bound ends what hangs; it judges no speed.
 */
export default class StrictEnvironment extends TestEnvironment {
  #before = new Map();
  /** A test that failed may leave something open: it is reported already. */
  #failed = false;

  async handleTestEvent(event, state) {
    if (event.name === 'test_start') this.#stretch(event.test, state);
    if (event.name === 'hook_start') this.#stretch(event.hook, state);
    if (event.name === 'test_done') this.#failed ||= event.test.errors.length > 0;
    if (event.name !== 'run_finish' || this.#failed || state.unhandledErrors.length > 0) return;
    const left = await this.#leftOpen();
    if (left === undefined) return;
    state.unhandledErrors.push(
      `This file left open: ${left}. Close in afterEach or afterAll what it starts; \`--detectOpenHandles\` may show where.`,
    );
  }

  async setup() {
    await super.setup();
    // Node opens these when they are first used, and never closes them.
    void [process.stdin, process.stdout, process.stderr];
    this.#before = openResources();
  }

  #stretch(bounded, { testTimeout = JEST_TIMEOUT_MS }) {
    if (stretched.has(bounded)) return;
    stretched.add(bounded);
    bounded.timeout = (bounded.timeout ?? testTimeout) * PATIENCE;
  }

  async #leftOpen() {
    const deadline = Date.now() + WITHIN_MS;
    while (newSince(this.#before) !== undefined && Date.now() < deadline) await sleep(20);
    return newSince(this.#before);
  }
}
