/** Says why something is not there, in a few words for an operator, or nothing when it is. */
export type ReadinessProbe = () => string | undefined;

/** What /health/ready says. */
export interface ReadinessReport {
  status: 'ready' | 'not ready' | 'stopping';
  /** Every dependency: `there`, or why it is not. */
  dependencies: Record<string, string>;
  /** Of these, what keeps the process from being ready. */
  missing?: Record<string, string>;
}

const THERE = 'there';

const always = () => true;

/** What this process depends on: a list of named probes, read on every request; and whether it is on its way out. */
export class Readiness {
  readonly #probes = new Map<string, { probe: ReadinessProbe; needed: () => boolean }>();
  #stopping = false;

  /**
   * Adds a dependency. A second one of the same name replaces the first.
   * @param needed whether the process should get no work without it. What all instances lack at the same time and can
   *   do without is told, but not needed: or nobody would be left to say so to a buyer. @default always
   */
  add(name: string, probe: ReadinessProbe, needed: () => boolean = always): void {
    this.#probes.set(name, { probe, needed });
  }

  /** Not ready from now on, whatever is there. */
  leave(): void {
    this.#stopping = true;
  }

  /** How things stand now. */
  report(): ReadinessReport {
    const dependencies: Record<string, string> = {};
    const missing: Record<string, string> = {};
    for (const [name, { probe, needed }] of this.#probes) {
      const reason = probe();
      dependencies[name] = reason ?? THERE;
      if (reason !== undefined && needed()) missing[name] = reason;
    }
    if (this.#stopping) return { status: 'stopping', dependencies };
    if (Object.keys(missing).length > 0) return { status: 'not ready', dependencies, missing };
    return { status: 'ready', dependencies };
  }

  /** Whether each dependency is there, by name. */
  there(): [name: string, isThere: boolean][] {
    return [...this.#probes].map(([name, { probe }]) => [name, probe() === undefined]);
  }
}
