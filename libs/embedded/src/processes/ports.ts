import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CannotStartError } from '../errors.js';
import { tryLock } from './exclusive.js';

/** Below the range from which the kernel takes the ports of outgoing connections. */
const firstFree = 20_000;
const lastFree = 30_000;

/** Whether a listener on 127.0.0.1 accepts connections at `port`. */
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

/** Whether this process could listen on `port`, on all addresses of the machine. */
export async function isFree(port: number): Promise<boolean> {
  const bindable = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
  });
  // A listener on one address only does not always stand in the way of one on all addresses.
  return bindable && !(await accepts(port));
}

/** Where ports are claimed, for all users and checkouts of this machine. */
const claimsDirectory = join(tmpdir(), 'seckill-ports');

/**
 * Claims a port for as long as this process lives: no other process that asks here is given it meanwhile, also before
 * anything listens there and while what listened is being restarted. @returns false when it is claimed or in use
 */
async function claim(port: number): Promise<boolean> {
  const file = join(claimsDirectory, String(port));
  if (!tryLock(file)) return false;
  if (await isFree(port)) {
    process.once('exit', () => rmSync(file, { force: true }));
    return true;
  }
  rmSync(file, { force: true });
  return false;
}

/** Where {@link claimPorts} looks, and for what. */
export interface PortSearch {
  /** Lowest first port. */
  readonly from: number;
  /** The first port stays below. */
  readonly to: number;
  /** Which ports are needed, as distances from the first one. */
  readonly offsets: readonly number[];
  /** @default Math.random */
  readonly random?: () => number;
}

/**
 * Claims ports that are free, for as long as this process lives.
 * @returns the first one
 * @throws CannotStartError when none are found
 */
export async function claimPorts({ from, to, offsets, random = Math.random }: PortSearch): Promise<number> {
  mkdirSync(claimsDirectory, { recursive: true });
  // Whatever the umask: other users claim there, too.
  if (statSync(claimsDirectory).uid === process.getuid?.()) chmodSync(claimsDirectory, 0o777);
  for (let attempt = 0; attempt < 200; attempt++) {
    const first = from + Math.floor(random() * (to - from));
    const claimed: number[] = [];
    for (const offset of offsets) {
      if (!(await claim(first + offset))) break;
      claimed.push(first + offset);
    }
    if (claimed.length === offsets.length) return first;
    for (const port of claimed) rmSync(join(claimsDirectory, String(port)), { force: true });
  }
  throw new CannotStartError(
    `No ${offsets.length} ports are free between ${from} and ${to}.`,
    'Give the ports.',
  );
}

/** Claims `size` neighbouring ports. @see claimPorts */
export function freePorts(size = 1, random?: () => number): Promise<number> {
  const offsets = Array.from({ length: size }, (_, offset) => offset);
  return claimPorts({ from: firstFree, to: lastFree - size, offsets, ...(random && { random }) });
}
