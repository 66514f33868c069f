/** Says why a dependency is not available, in a few words for an operator; undefined when it is. */
export type ReadinessProbe = () => string | undefined;

/** The body of /health/ready. */
export interface ReadinessReport {
  status: 'ready' | 'not ready' | 'stopping';
  /** Every dependency: `there`, or why it is not available. */
  dependencies: Record<string, string>;
  /** The dependencies because of which the process is not ready. */
  missing?: Record<string, string>;
}

const THERE = 'there';

const always = () => true;

/** What this process depends on, as named probes that are run on every request, and whether it is shutting down. */
export class Readiness {
  readonly #probes = new Map<string, { probe: ReadinessProbe; needed: () => boolean }>();
  #stopping = false;

  /**
   * Adds a dependency. A second one of the same name replaces the first.
   * @param needed whether the process is not ready without it. A dependency that all instances lose at the same time,
   *   and without which they can still answer, is reported but not needed: otherwise no instance would be left to tell
   *   buyers. @default always
   */
  add(name: string, probe: ReadinessProbe, needed: () => boolean = always): void {
    this.#probes.set(name, { probe, needed });
  }

  /** Reports `stopping` from now on. */
  leave(): void {
    this.#stopping = true;
  }

  /** The state now. */
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

  /** Whether each dependency is available, by name. */
  there(): [name: string, isThere: boolean][] {
    return [...this.#probes].map(([name, { probe }]) => [name, probe() === undefined]);
  }
}
