/** A set of offsets, stored as ranges: acks come nearly in order, so a million of them are a few ranges. */
export class OffsetRanges {
  /** Alternating starts and ends (exclusive), ascending; ranges never touch. */
  readonly #edges: number[] = [];
  #size = 0;

  /** How many offsets are in it. */
  get size(): number {
    return this.#size;
  }

  has(offset: number): boolean {
    return this.#edgesUpTo(offset) % 2 === 1;
  }

  /** @returns false if it was already in the set */
  add(offset: number): boolean {
    const at = this.#edgesUpTo(offset);
    if (at % 2 === 1) return false;
    const joinsBefore = at > 0 && this.#edges[at - 1] === offset;
    const joinsAfter = this.#edges[at] === offset + 1;
    if (joinsBefore && joinsAfter) this.#edges.splice(at - 1, 2);
    else if (joinsBefore) this.#edges[at - 1] = offset + 1;
    else if (joinsAfter) this.#edges[at] = offset;
    else this.#edges.splice(at, 0, offset, offset + 1);
    this.#size++;
    return true;
  }

  /** Finds the first offset from `offset` on that is not in the set, removes all below it, and returns it. */
  passFrom(offset: number): number {
    while (this.#edges.length > 0 && this.#edges[0]! <= offset) {
      const [start, end] = this.#edges.splice(0, 2) as [number, number];
      this.#size -= end - start;
      offset = Math.max(offset, end);
    }
    return offset;
  }

  /** How many edges are at or below `offset`: odd means inside a range. */
  #edgesUpTo(offset: number): number {
    let low = 0;
    let high = this.#edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#edges[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
