/** Says why something is not ready, in a few words for an operator, or nothing when it is. */
export type ReadinessProbe = () => string | undefined;

/** What this process needs before it should get work: a list of named probes, read on every request. */
export class Readiness {
  readonly #probes = new Map<string, ReadinessProbe>();

  /** Adds a dependency. A second one of the same name replaces the first. */
  add(name: string, probe: ReadinessProbe): void {
    this.#probes.set(name, probe);
  }

  /** What is missing now, by name; empty when ready. */
  missing(): Record<string, string> {
    const missing: Record<string, string> = {};
    for (const [name, probe] of this.#probes) {
      const reason = probe();
      if (reason !== undefined) missing[name] = reason;
    }
    return missing;
  }
}
