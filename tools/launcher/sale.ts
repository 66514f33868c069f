import { runCommand, whole } from '@tools/command-line';
import { parseSaleOptions } from './options/sale-options.js';
import { isIntact, report } from './sale/report.js';
import { runSale } from './sale/run-sale.js';
import { findShop } from './sale/shop.js';
import { showProgress } from './sale/show-progress.js';

/** Exit code when nothing could be checked, as opposed to a broken invariant. */
const notChecked = 2;

await runCommand(
  parseSaleOptions,
  async (options) => {
    const shop = await findShop(options, process.env);
    const interrupted = new AbortController();
    process.on('SIGINT', () => {
      if (interrupted.signal.aborted) process.exit(130);
      interrupted.abort();
    });
    const items = options.items === 1 ? '' : ` of each of ${whole(options.items)} items`;
    console.log(
      `${whole(options.buyers)} buyers want ${whole(options.stock)} units${items}, ${whole(options.concurrency)} at once, at ${shop.gateways.join(' and ')}`,
    );
    let hide = () => {};
    const result = await runSale(options, shop, interrupted.signal, (progress) => {
      hide = showProgress(progress, process.stdout);
    }).finally(() => hide());
    console.log(report(result));
    process.exitCode = isIntact(result) ? 0 : 1;
  },
  notChecked,
);
