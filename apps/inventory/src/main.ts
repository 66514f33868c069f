import { Logger } from '@nestjs/common';
import { INVENTORY_ROLE } from '@seckill/inventory-client';
import { newInstanceId } from '@seckill/registry';
import { run } from '@seckill/runtime';
import { settingsFrom } from './settings.js';
import { startInventory } from './start-inventory.js';

const log = new Logger('Inventory');
const id = newInstanceId(INVENTORY_ROLE);
await run({ app: 'inventory', instanceId: id }, async () =>
  startInventory(id, settingsFrom(process.env), log),
);
