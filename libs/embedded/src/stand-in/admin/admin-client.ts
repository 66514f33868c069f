import type { Topology } from '../../rocketmq/topology.js';
import type { Overview } from '../broker/overview.js';
import type { FaultOrderInput } from '../faults/fault-order.js';

/** Controls a stand-in that runs in another process. */
export class StandInAdmin {
  readonly #url: string;

  /** @param adminPort its administration port on this machine */
  constructor(adminPort: number) {
    this.#url = `http://127.0.0.1:${adminPort}`;
  }

  /** Topics × queues × groups × offsets × lag. */
  overview(): Promise<Overview> {
    return this.#call('GET', '/overview') as Promise<Overview>;
  }

  /** Adds topics and groups; clients can use them when this resolves. */
  async createTopology(wanted: Topology): Promise<void> {
    await this.#call('POST', '/topology', wanted);
  }

  /** Injects a fault. */
  async orderFault(order: FaultOrderInput): Promise<void> {
    await this.#call('POST', '/faults', order);
  }

  /** Removes faults that have not happened yet. */
  async clearFaults(): Promise<void> {
    await this.#call('DELETE', '/faults');
  }

  /** How often each kind of fault has happened. */
  faultsDone(): Promise<Readonly<Record<string, number>>> {
    return this.#call('GET', '/faults') as Promise<Record<string, number>>;
  }

  async #call(method: string, path: string, content?: unknown): Promise<unknown> {
    const response = await fetch(this.#url + path, {
      method,
      ...(content !== undefined && { body: JSON.stringify(content) }),
      signal: AbortSignal.timeout(10_000),
    });
    const answer = (await response.json()) as { error?: string };
    if (!response.ok) throw new Error(`${method} ${path}: ${answer.error}`);
    return answer;
  }
}
