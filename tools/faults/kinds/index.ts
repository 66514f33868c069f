import { brokerFaults } from './broker.js';
import { clocks } from './clock.js';
import { freezes, killBroker, killNameServer, killPostgres, kills, rollingRestart } from './crashes.js';
import { diskFaults } from './disk.js';
import type { Kind } from './kind.js';
import { network } from './network.js';
import { registryFaults } from './registry.js';
import { steps } from './steps.js';
import { versions } from './versions.js';

/** Every kind of fault, in the order in which cases go through them. */
export const allKinds: readonly Kind[] = [
  ...kills,
  killPostgres,
  killBroker,
  killNameServer,
  ...freezes,
  ...network,
  ...brokerFaults,
  ...registryFaults,
  ...clocks,
  ...diskFaults,
  rollingRestart,
  versions,
  ...steps,
];

/** The kinds that this broker can have. */
export function kindsFor(broker: 'stand-in' | 'real'): Kind[] {
  return allKinds.filter((kind) => kind.broker === undefined || kind.broker === broker);
}

export { APP_SETTLES_MS, type Fault, type FaultRecord, type Kind, type Needs, type World } from './kind.js';
