import { startApp, type Running } from '@seckill/runtime';
import { InventoryLifecycle } from '../inventory.lifecycle.js';
import { InventoryModule } from '../inventory.module.js';
import { settingsFrom } from '../settings.js';
import { silent, type TestLedger } from './ledger.js';

/** Starts an instance of inventory in this process, as `main.ts` does. It uses `httpPort` and the port after it. */
export function startInventory(ledger: TestLedger, httpPort: number): Promise<Running> {
  const settings = settingsFrom({
    HTTP_PORT: String(httpPort),
    GRPC_PORT: String(httpPort + 1),
    DATABASE_URL: ledger.url,
    REGISTRY_URL: ledger.registryUrl,
    DRAIN_MS: '100',
  });
  return startApp(
    {
      name: 'inventory',
      settings: settingsFrom,
      module: (context) => InventoryModule.register(context),
      lifecycle: InventoryLifecycle,
    },
    { settings, log: silent },
  );
}
