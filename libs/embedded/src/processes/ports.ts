import { connect, createServer } from 'node:net';
import { CannotStartError } from '../errors.js';

/** Below the kernel's port range for outgoing connections. */
const firstFree = 20_000;
const lastFree = 30_000;

/** Whether a server on 127.0.0.1 accepts connections at `port`. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

/** Whether this process can listen on `port`, on all addresses of the machine. */
export async function isFree(port: number): Promise<boolean> {
  const bindable = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
  });
  // A server on a single address does not always prevent one on all addresses.
  return bindable && !(await accepts(port));
}

/**
 * The first of `size` consecutive ports that are all free now. Another process may take one before it is used; the
 * caller must handle that.
 */
export async function freePorts(size = 1, random: () => number = Math.random): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = firstFree + Math.floor(random() * (lastFree - firstFree - size));
    const block = await Promise.all(Array.from({ length: size }, (_, offset) => isFree(first + offset)));
    if (block.every(Boolean)) return first;
  }
  throw new CannotStartError(
    `No ${size} consecutive free ports between ${firstFree} and ${lastFree}.`,
    'Choose the ports yourself.',
  );
}
