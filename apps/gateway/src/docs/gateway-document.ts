import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { systemClock } from '@seckill/clock';
import { Readiness } from '@seckill/runtime';
import { Registry as Metrics } from 'prom-client';
import { GatewayModule } from '../gateway.module.js';
import { AdmissionState } from '../lifecycle/admission-state.js';
import { HeldRequests } from '../purchase/held-requests.js';
import { readGatewaySettings } from '../settings.js';
import { describeApi } from './open-api.js';

/** The OpenAPI document of the gateway, without starting one: in Nest's preview mode no handler runs. */
export async function gatewayDocument(): Promise<OpenAPIObject> {
  const nobody = undefined as never;
  const settings = readGatewaySettings({
    ROCKETMQ_ENDPOINTS: 'nowhere:8081',
    REGISTRY_URL: 'postgres://nowhere/registry',
    JWT_SECRET: 'not used to verify, but has 32 bytes',
  });
  const module = GatewayModule.register({
    settings,
    purchases: nobody,
    inventory: nobody,
    instances: nobody,
    clock: systemClock,
    ageClock: systemClock,
    admission: new AdmissionState(),
    held: new HeldRequests(settings.maxWaiting),
    readiness: new Readiness(),
    metrics: new Metrics(),
  });
  const app = await NestFactory.create(module, new FastifyAdapter(), { preview: true, logger: false });
  return describeApi(app);
}
