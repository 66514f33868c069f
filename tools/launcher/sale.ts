import { parseSaleOptions, saleHelp } from './options/sale-options.js';
import { runCommand } from './run-command.js';
import { isIntact, report } from './sale/report.js';
import { runSale } from './sale/run-sale.js';
import { findShop } from './sale/shop.js';
import { showProgress } from './sale/show-progress.js';
import { whole } from './sale/table.js';

/** What nothing was judged by is told from a broken invariant. */
const notJudged = 2;

await runCommand(async (args) => {
  const options = parseSaleOptions(args);
  if (options.help) return console.log(saleHelp);
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
}, notJudged);
