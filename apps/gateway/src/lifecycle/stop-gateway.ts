import { systemClock, type Clock } from '@seckill/clock';
import { stoppable, type Log, type Readiness, type Running, type StopStep } from '@seckill/runtime';
import type { HeldRequests } from '../purchase/held-requests.js';
import type { AdmissionState } from './admission-state.js';

/** What is to be stopped. */
export interface StoppableGateway {
  readiness: Pick<Readiness, 'leave'>;
  admission: AdmissionState;
  /** Gives up registering, if that is still under way. */
  stopRegistering: () => void;
  held: Pick<HeldRequests, 'idle'>;
  /** The registration, or nothing if the registry was never reached. */
  lease: () => { drain(): Promise<void>; release(): Promise<void> } | undefined;
  app: { close(): Promise<void> };
  purchases: { close(): Promise<void> };
  inventory: { close(): Promise<void> };
  registry: { close(): Promise<void> };
  /** The longest wait of a held request, ms. */
  maxWaitMs: number;
}

/** Bound of a step that only talks to a neighbour, ms. */
const STEP_MS = 3_000;

/**
 * How a gateway stops. It stays addressable until the last held request has its answer, and the channel of the answers
 * closes last.
 */
export function stoppableGateway(gateway: StoppableGateway, log: Log, clock: Clock = systemClock): Running {
  const { readiness, admission, held, lease, app, purchases, inventory, registry, maxWaitMs } = gateway;
  const steps: StopStep[] = [
    {
      name: 'not being ready',
      withinMs: STEP_MS,
      run: () => {
        readiness.leave();
        admission.leave();
        gateway.stopRegistering();
      },
    },
    { name: 'telling the registry', withinMs: STEP_MS, run: () => lease()?.drain() },
    { name: 'refusing new requests', withinMs: STEP_MS, run: () => admission.close() },
    // Each ends by its own wait at the latest, with its outcome or with 202; a few read their sale before it begins.
    { name: 'finishing held requests', withinMs: maxWaitMs + STEP_MS, run: () => held.idle() },
    { name: 'leaving the registry', withinMs: STEP_MS, run: () => lease()?.release() },
    // Reads end by inventory's deadline; connections that nothing was ever asked on would never close by themselves.
    { name: 'closing HTTP', withinMs: STEP_MS, run: () => app.close() },
    {
      name: 'closing the queue and the channel of answers',
      withinMs: 2 * STEP_MS,
      run: () => purchases.close(),
    },
    { name: 'closing the channels to inventory', withinMs: STEP_MS, run: () => inventory.close() },
    { name: 'closing the registry', withinMs: STEP_MS, run: () => registry.close() },
  ];
  return stoppable(steps, log, clock);
}
