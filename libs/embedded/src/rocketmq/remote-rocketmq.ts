import { setTimeout as sleep } from 'node:timers/promises';
import { createOnBroker, type BrokerAddress } from './broker-admin.js';
import { type Missing, waitUntilUsable } from './grpc-probe.js';
import type { Topology } from './topology.js';

const brokerMs = 90_000;
const usableMs = 90_000;

/** A RocketMQ that somebody else runs. */
export class RemoteRocketMq {
  /**
   * @param broker takes the orders of an administrator
   * @param endpoints `host:port` of the proxy, where clients go
   */
  constructor(
    private readonly broker: BrokerAddress,
    readonly endpoints: string,
  ) {}

  /**
   * Creates topics and groups, or brings existing ones to what is asked, and waits until clients can use them. A broker
   * that does not answer yet is asked again for a minute and a half.
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
