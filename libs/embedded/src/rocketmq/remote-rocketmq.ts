import { setTimeout as sleep } from 'node:timers/promises';
import { createOnBroker, type BrokerAddress } from './broker-admin.js';
import { type Missing, waitUntilUsable } from './grpc-probe.js';
import type { Topology } from './topology.js';

const brokerMs = 90_000;
const usableMs = 90_000;

/** A RocketMQ that was not started by this library. */
export class RemoteRocketMq {
  /**
   * @param broker its remoting port, for administration
   * @param endpoints `host:port` of the proxy, for clients
   */
  constructor(
    private readonly broker: BrokerAddress,
    readonly endpoints: string,
  ) {}

  /**
   * Creates or updates topics and groups, and waits until clients can use them. Retries for a minute and a half while
   * the broker does not answer.
   */
  async createTopology(wanted: Topology, onMissing?: (missing: Missing) => void): Promise<void> {
    const deadline = performance.now() + brokerMs;
    for (;;) {
      try {
        await createOnBroker(this.broker, wanted);
        break;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await sleep(500);
      }
    }
    await waitUntilUsable(this.endpoints, wanted, usableMs, { onMissing });
  }
}
