import { Inject, Injectable } from '@nestjs/common';
import { InventoryClient } from '@seckill/inventory-client';
import { GrpcReplyReceiver, RocketMqClient } from '@seckill/messaging';
import type { Instance } from '@seckill/registry';
import {
  APP_CONTEXT,
  type AppContext,
  type AppLifecycle,
  type Readiness,
  type StartedApp,
  type StopStep,
} from '@seckill/runtime';
import { AdmissionState } from './lifecycle/admission-state.js';
import { HeldRequests } from './purchase/held-requests.js';
import type { Settings } from './settings.js';
import { weaknessOf } from './token/token-key.js';

/** Bound of a step that is one call to another process, ms. */
const STEP_MS = 3_000;

/**
 * How a gateway starts and stops. It receives outcomes until the last held request is answered; the queue and the reply
 * receiver close after that.
 */
@Injectable()
export class GatewayLifecycle implements AppLifecycle {
  readonly self = 'this gateway';

  constructor(
    @Inject(APP_CONTEXT)
    private readonly context: Pick<AppContext<Settings>, 'settings' | 'log'>,
    @Inject(RocketMqClient)
    private readonly purchases: Pick<RocketMqClient, 'connect' | 'connection' | 'close'>,
    @Inject(GrpcReplyReceiver)
    private readonly replies: Pick<GrpcReplyReceiver, 'port'>,
    @Inject(InventoryClient)
    private readonly inventory: Pick<InventoryClient, 'known' | 'close'>,
    private readonly admission: AdmissionState,
    private readonly held: HeldRequests,
  ) {}

  addReadiness(readiness: Readiness): void {
    const { purchases, inventory } = this;
    readiness.add('rocketmq', () =>
      purchases.connection === 'connected' ? undefined : purchases.connection,
    );
    // Without it purchases can still be queued, and no other gateway could do more.
    const never = () => false;
    readiness.add('inventory', () => (inventory.known ? undefined : 'no instance is registered'), never);
  }

  async connect(): Promise<void> {
    const { settings, log } = this.context;
    const weakness = weaknessOf(settings.tokenKey);
    if (weakness !== undefined) log.warn(weakness);
    await this.purchases.connect();
  }

  /** Where replies come in: not where buyers do. */
  address(): string {
    const { ADVERTISED_HOST, ADVERTISED_PORT } = this.context.settings;
    return `${ADVERTISED_HOST}:${ADVERTISED_PORT || this.replies.port}`;
  }

  registered({ address }: Instance): void {
    this.admission.open();
    this.context.log.log('accepts purchases', { repliesAt: address });
  }

  stopSteps({ leave, drain, release, closeRegistry, closeHttp }: StartedApp): StopStep[] {
    const { admission, held, purchases, inventory } = this;
    const { MAX_WAIT_MS } = this.context.settings;
    return [
      { name: 'report not ready', withinMs: STEP_MS, run: () => (leave(), admission.leave()) },
      { name: 'mark as draining in the registry', withinMs: STEP_MS, run: drain },
      { name: 'refuse new requests', withinMs: STEP_MS, run: () => admission.close() },
      // Each ends with its wait at the latest, with its outcome or with 202; a few still read their sale before the wait begins.
      { name: 'finish held requests', withinMs: MAX_WAIT_MS + STEP_MS, run: () => held.idle() },
      { name: 'leave the registry', withinMs: STEP_MS, run: release },
      // Reads end by their deadline. A connection that never carried a request would not close by itself.
      { name: 'close HTTP', withinMs: STEP_MS, run: closeHttp },
      {
        name: 'close the queue and the reply receiver',
        withinMs: 2 * STEP_MS,
        run: () => purchases.close(),
      },
      { name: 'close the connections to inventory', withinMs: STEP_MS, run: () => inventory.close() },
      { name: 'close the registry', withinMs: STEP_MS, run: closeRegistry },
    ];
  }
}
