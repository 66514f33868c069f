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

  /** The first that is kept. */
  get first(): number {
    return this.#first;
  }

  /** The one after the last that is visible. */
  get end(): number {
    return this.#end;
  }

  /** The offset of a message that is about to be stored. */
  reserve(): number {
    return this.#next++;
  }

  /** The message at `offset` is flushed, and with it all before: flushes keep the order of offsets. */
  publish(offset: number): void {
    this.#end = Math.max(this.#end, offset + 1);
  }

  /** Messages below `to` are no longer kept. */
  trimmed(to: number): void {
    this.#first = Math.max(this.#first, to);
  }
}
