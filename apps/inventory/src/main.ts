import { bootstrap } from '@seckill/runtime';
import { InventoryLifecycle } from './inventory.lifecycle.js';
import { InventoryModule } from './inventory.module.js';
import { settingsFrom } from './settings.js';

await bootstrap({
  name: 'inventory',
  settings: settingsFrom,
  module: (context) => InventoryModule.register(context),
  lifecycle: InventoryLifecycle,
});
