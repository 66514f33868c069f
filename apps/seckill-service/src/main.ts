import { bootstrap } from '@seckill/runtime';
import { SeckillServiceLifecycle } from './seckill-service.lifecycle.js';
import { SeckillServiceModule } from './seckill-service.module.js';
import { settingsFrom } from './settings.js';

await bootstrap({
  name: 'seckill-service',
  settings: settingsFrom,
  module: (context) => SeckillServiceModule.register(context),
  lifecycle: SeckillServiceLifecycle,
});
