import { sleep, type Clock } from '@seckill/clock';
import { code, RefusedError } from '../broker/refused-error.js';
import type { Change } from '../broker/store.js';
import { faultOrder, type FaultOrder, type FaultOrderInput, type FaultyCall } from './fault-order.js';
import { seededRandom } from './seeded-random.js';

/** The parts of a stand-in that faults act on. */
export interface FaultTargets {
  readonly clock: Clock;
  /** Seed of all chances. @default 1 */
  readonly seed?: number;
  cutConnections(): void;
  /** Ends everything at once, as a crash does. */
  crash(): void;
}

type Repeated = Extract<FaultOrder, { times: number }>;

/** An injected fault has dropped the answer: the call was executed, but must not be answered. */
export class AnswerDroppedError extends Error {
  override readonly name = 'AnswerDroppedError';
}

/** Injected faults: each happens the given number of times, for the next matching calls. */
export class Faults {
  readonly #targets: FaultTargets;
  readonly #random: () => number;
  readonly #done = new Map<FaultOrder['kind'], number>();
  #pending: Repeated[] = [];
  #pausedUntil = 0;
  #crashAt: 'before-flush' | 'after-flush' | undefined;

  constructor(targets: FaultTargets) {
    this.#targets = targets;
    this.#random = seededRandom(targets.seed ?? 1);
  }

  /**
   * Injects one more fault.
   * @throws ZodError for an invalid order
   */
  order(input: FaultOrderInput): void {
    const fault = faultOrder.parse(input);
    switch (fault.kind) {
      case 'cut-connections':
        this.#count(fault.kind);
        this.#targets.cutConnections();
        break;
      case 'pause':
        this.#count(fault.kind);
        this.#pausedUntil = this.#targets.clock.now() + fault.ms;
        break;
      case 'crash':
        this.#crashAt = fault.at;
        break;
      default:
        this.#pending.push({ ...fault });
    }
  }

  /** Removes faults that have not happened yet. */
  clear(): void {
    this.#pending = [];
    this.#pausedUntil = 0;
    this.#crashAt = undefined;
  }

  /** How often each kind has happened. */
  get done(): ReadonlyMap<FaultOrder['kind'], number> {
    return this.#done;
  }

  /**
   * Runs a call with the faults that match it.
   * @throws RefusedError when it is refused, AnswerDroppedError when it must not be answered
   */
  async around<T>(call: FaultyCall, run: () => Promise<T>): Promise<T> {
    const { clock } = this.#targets;
    while (this.#pausedUntil > clock.now()) await sleep(clock, this.#pausedUntil - clock.now());
    const delay = this.#draw('delay', call);
    if (delay?.kind === 'delay') await sleep(clock, delay.ms);
    const refusal = this.#draw('refuse', call);
    if (refusal?.kind === 'refuse') throw new RefusedError(refusal.status, 'refused by an injected fault');
    const dropped = this.#draw('drop-answer', call);
    if (!dropped) return run();
    await run();
    throw new AnswerDroppedError(`The answer to ${call} was dropped by an injected fault.`);
  }

  /** Whether this delivery is repeated. */
  readonly deliversTwice = (): boolean => this.#draw('duplicate-delivery') !== undefined;

  /** To be called before and after a flush. */
  flushing(moment: 'before-flush' | 'after-flush', changes: readonly Change[]): void {
    if (this.#crashAt !== moment) return;
    if (!changes.some(({ kind }) => kind === 'append' || kind === 'delay')) return;
    this.#count('crash');
    this.#targets.crash();
    throw new RefusedError(code.internalServerError, 'crashed by an injected fault');
  }

  #draw(kind: Repeated['kind'], call?: FaultyCall): Repeated | undefined {
    for (const fault of this.#pending) {
      if (fault.kind !== kind) continue;
      if ('calls' in fault && (call === undefined || !fault.calls.includes(call))) continue;
      if (fault.chance < 1 && this.#random() >= fault.chance) continue;
      fault.times--;
      if (fault.times === 0) this.#pending = this.#pending.filter((one) => one !== fault);
      this.#count(kind);
      return fault;
    }
    return undefined;
  }

  #count(kind: FaultOrder['kind']): void {
    this.#done.set(kind, (this.#done.get(kind) ?? 0) + 1);
  }
}
