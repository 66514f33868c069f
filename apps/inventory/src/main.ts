import { Logger } from '@nestjs/common';
import { run } from '@seckill/runtime';
import { settingsFrom } from './settings.js';
import { startInventory } from './start-inventory.js';

const log = new Logger('Inventory');
await run('inventory', async () => startInventory(settingsFrom(process.env), log));
