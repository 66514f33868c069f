/** The offsets of one queue. A message is visible once it is flushed. */
export class QueueLog {
  #first: number;
  #end: number;
  #next: number;

  constructor({ first, end }: { first: number; end: number }) {
    this.#first = first;
    this.#end = end;
    this.#next = end;
  }

  /** The first stored offset. */
  get first(): number {
    return this.#first;
  }

  /** The offset after the last visible message. */
  get end(): number {
    return this.#end;
  }

  /** Assigns the offset of a message that is about to be stored. */
  reserve(): number {
    return this.#next++;
  }

  /** The message at `offset` is flushed, and so are all before it: flushes are in the order of offsets. */
  publish(offset: number): void {
    this.#end = Math.max(this.#end, offset + 1);
  }

  /** Messages below `to` were removed. */
  trimmed(to: number): void {
    this.#first = Math.max(this.#first, to);
  }
}
