import { HttpClient, uniqueSaleId, type HttpResponse } from '@seckill/load';
import { System, userToken } from '@seckill/testbed';
import { MemoryWatch } from './memory-watch.js';
import type { Target } from './result.js';

/** How hard it is pressed. */
export interface OverloadOptions {
  /** Of the overload, s. */
  readonly seconds: number;
  readonly progress: (what: string) => void;
  readonly signal: AbortSignal;
}

const CONNECTIONS = 64;
const SATURATION_SECONDS = 10;
const RECOVERED_MS = 1_000;
const PROBE_MS = 30_000;
/** Buyers that one gateway holds; small, so that the limit is met with as many connections as one machine can play. */
const MAX_WAITING = 200;
const MEMORY_MB = 512;

/** Answers by what they were. */
class Answers {
  readonly counts: Record<string, number> = {};

  note(response: HttpResponse | undefined): void {
    const words = response === undefined ? 'no answer' : wordsOf(response);
    this.counts[words] = (this.counts[words] ?? 0) + 1;
  }

  of(...words: string[]): number {
    return words.reduce((sum, word) => sum + (this.counts[word] ?? 0), 0);
  }
}

function wordsOf({ status, headers }: HttpResponse): string {
  if (status !== 503) return String(status);
  return headers['retry-after'] === undefined ? '503 without Retry-After' : '503';
}

/** Finds how much the system bears, then asks for half as much again over ten times the connections. */
export async function overload({ seconds, progress, signal }: OverloadOptions): Promise<Target[]> {
  progress('starting');
  const system = await System.start({
    instances: { gateway: 2, 'seckill-service': 2, inventory: 2 },
    env: { gateway: { MAX_WAITING: String(MAX_WAITING) } },
  });
  try {
    const saleId = uniqueSaleId('overload');
    await system.putSale(saleId, { total: 2_000_000_000, perUserLimit: 1_000 });
    const memory = new MemoryWatch(system);
    const buyer = buyerOf(system, saleId);

    progress('finding out how much it bears');
    const bearable = await saturate(buyer(CONNECTIONS), signal);
    progress(
      `${Math.round(bearable)} requests/s over ${CONNECTIONS} connections; now ${Math.round(bearable * 1.5)}`,
    );
    const answers = await press(buyer(10 * CONNECTIONS), bearable * 1.5, seconds, signal);
    progress('recovering');
    const recoveredMs = await recover(buyer(1), signal);

    const goodput = answers.of('201') / seconds;
    const most = Math.max(...Object.entries(memory.stop()).map(([name, mb]) => (/-\d$/.test(name) ? mb : 0)));
    const words = Object.entries(answers.counts).map(([name, n]) => `${name}: ${n}`);
    return [
      {
        name: 'every buyer is answered, a refused one with Retry-After',
        met: answers.of('no answer', '503 without Retry-After', '500') === 0,
        measured: words.join(', '),
        hard: true,
      },
      {
        name: 'goodput',
        met: goodput >= 0.6 * bearable,
        measured: `${Math.round(goodput)} of ${Math.round(bearable)} requests/s, 0.6 of it wanted`,
        hard: false,
      },
      { name: 'memory', met: most <= MEMORY_MB, measured: `${most} MB of ${MEMORY_MB}`, hard: false },
      {
        name: 'recovered',
        met: recoveredMs <= 5_000,
        measured: recoveredMs === Infinity ? 'never' : `${(recoveredMs / 1_000).toFixed(1)} s of 5.0 s`,
        hard: false,
      },
    ];
  } finally {
    progress('stopping');
    await system.stop();
  }
}

interface Buyer {
  readonly connections: number;
  buy(): Promise<HttpResponse | undefined>;
  close(): void;
}

function buyerOf(system: System, saleId: string): (connections: number) => Buyer {
  let next = 0;
  return (connections) => {
    const client = new HttpClient(Math.ceil(connections / 2));
    return {
      connections,
      buy() {
        const user = `buyer-${next++ % 5_000}`;
        const gateway = system.gateways[next % 2]!;
        const headers = { authorization: `Bearer ${userToken(user)}` };
        const url = `${gateway}/v1/sales/${saleId}/purchases`;
        return client
          .send({ method: 'POST', url, headers, body: { quantity: 1 }, timeoutMs: 15_000 })
          .catch(() => undefined);
      },
      close: () => client.close(),
    };
  };
}

/** Each connection asks again as soon as it was answered. @returns reservations a second */
async function saturate(buyer: Buyer, signal: AbortSignal): Promise<number> {
  const answers = new Answers();
  const began = performance.now();
  const isOver = () => signal.aborted || performance.now() - began > SATURATION_SECONDS * 1_000;
  const ask = async () => {
    while (!isOver()) answers.note(await buyer.buy());
  };
  await Promise.all(Array.from({ length: buyer.connections }, ask));
  buyer.close();
  return answers.of('201') / ((performance.now() - began) / 1_000);
}

/** Buyers come at a rate, and wait for a connection when all are taken no longer than for an answer. */
async function press(buyer: Buyer, rate: number, seconds: number, signal: AbortSignal): Promise<Answers> {
  const answers = new Answers();
  const began = performance.now();
  const under = new Set<Promise<void>>();
  let come = 0;
  for (;;) {
    const passed = (performance.now() - began) / 1_000;
    if (passed > seconds || signal.aborted) break;
    for (; come < passed * rate; come++) {
      // Who finds every connection taken is a click that the network never carried.
      if (under.size >= buyer.connections) continue;
      const asked = buyer.buy().then((response) => {
        answers.note(response);
        under.delete(asked);
      });
      under.add(asked);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(under);
  buyer.close();
  return answers;
}

/** @returns ms until a single buyer gets the unit within a second again */
async function recover(buyer: Buyer, signal: AbortSignal): Promise<number> {
  const began = performance.now();
  try {
    while (!signal.aborted && performance.now() - began < PROBE_MS) {
      const asked = performance.now();
      const response = await buyer.buy();
      if (response?.status === 201 && performance.now() - asked < RECOVERED_MS) return asked - began;
    }
    return Infinity;
  } finally {
    buyer.close();
  }
}
