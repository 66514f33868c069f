import { writeSync } from 'node:fs';

/** A method of a class, by its name: a rename is an error of the compiler, and of the start where types are gone. */
type Methods<T> = { [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never }[keyof T];

type AnyMethod = (this: unknown, ...args: unknown[]) => unknown;

/** Puts something around a method. @throws Error when the class has none of that name */
export function around<T extends object, K extends Methods<T>>(
  prototype: T,
  method: K,
  act: (run: () => unknown, args: unknown[]) => unknown,
): void {
  const original: unknown = prototype[method];
  if (typeof original !== 'function')
    throw new Error(`the fault point needs a method that does not exist: ${String(method)}`);
  const replaced: AnyMethod = function (...args) {
    return act(() => (original as AnyMethod).apply(this, args), args);
  };
  Object.defineProperty(prototype, method, { value: replaced, writable: true, configurable: true });
}

/** Once it was armed (SIGUSR2), kills or stops this process the n-th time that it is called. */
export function lifePoint(name: string, act: 'kill' | 'stop', time: number): () => void {
  let left = Infinity;
  process.on('SIGUSR2', () => (left = time));
  return () => {
    if (--left !== 0) return;
    left = Infinity;
    // By hand and at once: nothing that is buffered outlives the next line.
    writeSync(1, `--- at ${name}\n`);
    process.kill(process.pid, act === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  };
}
