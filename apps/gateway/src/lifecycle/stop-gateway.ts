import { systemClock, type Clock } from '@seckill/clock';
import type { Log } from '@seckill/log';
import { stoppable, type Readiness, type Running, type StopStep } from '@seckill/runtime';
import type { HeldRequests } from '../purchase/held-requests.js';
import type { AdmissionState } from './admission-state.js';

/** The parts of a gateway that stop. */
export interface StoppableGateway {
  readiness: Pick<Readiness, 'leave'>;
  admission: AdmissionState;
  /** Cancels a registration that is still in progress. */
  stopRegistering: () => void;
  held: Pick<HeldRequests, 'idle'>;
  /** The registration; undefined if the registry was never reached. */
  lease: () => { drain(): Promise<void>; release(): Promise<void> } | undefined;
  app: { close(): Promise<void> };
  purchases: { close(): Promise<void> };
  inventory: { close(): Promise<void> };
  registry: { close(): Promise<void> };
  /** The longest wait of a held request, ms. */
  maxWaitMs: number;
}

/** Bound of a step that is one call to another process, ms. */
const STEP_MS = 3_000;

/**
 * How a gateway stops. It receives outcomes until the last held request is answered; the queue and the reply receiver
 * close after that.
 */
export function stoppableGateway(gateway: StoppableGateway, log: Log, clock: Clock = systemClock): Running {
  const { readiness, admission, held, lease, app, purchases, inventory, registry, maxWaitMs } = gateway;
  const steps: StopStep[] = [
    {
      name: 'report not ready',
      withinMs: STEP_MS,
      run: () => {
        readiness.leave();
        admission.leave();
        gateway.stopRegistering();
      },
    },
    { name: 'mark as draining in the registry', withinMs: STEP_MS, run: () => lease()?.drain() },
    { name: 'refuse new requests', withinMs: STEP_MS, run: () => admission.close() },
    // Each ends with its wait at the latest, with its outcome or with 202; a few still read their sale before the wait begins.
    { name: 'finish held requests', withinMs: maxWaitMs + STEP_MS, run: () => held.idle() },
    { name: 'leave the registry', withinMs: STEP_MS, run: () => lease()?.release() },
    // Reads end by their deadline. A connection that never carried a request would not close by itself.
    { name: 'closing HTTP', withinMs: STEP_MS, run: () => app.close() },
    {
      name: 'close the queue and the reply receiver',
      withinMs: 2 * STEP_MS,
      run: () => purchases.close(),
    },
    { name: 'close the connections to inventory', withinMs: STEP_MS, run: () => inventory.close() },
    { name: 'close the registry', withinMs: STEP_MS, run: () => registry.close() },
  ];
  return stoppable(steps, log, clock);
}
