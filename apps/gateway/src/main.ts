import { bootstrap } from '@seckill/runtime';
import { createGatewayApp } from './gateway-app.js';
import { GatewayLifecycle } from './gateway.lifecycle.js';
import { GatewayModule } from './gateway.module.js';
import { settingsFrom } from './settings.js';

await bootstrap({
  name: 'gateway',
  settings: settingsFrom,
  module: (context) => GatewayModule.register(context),
  lifecycle: GatewayLifecycle,
  create: createGatewayApp,
});
