import type { Report } from './forked.js';

/** Reports the progress of a round to the parent. */
export interface RoundProgress {
  measuring(): void;
  measured(): void;
}

/** The other end of Forked: handles orders one after the other, and exits with its parent. */
export function serveOrders<Order>(
  handle: (order: Order, progress: RoundProgress) => Promise<unknown>,
): void {
  const tell = (report: Report) => process.send?.(report);
  const progress = {
    measuring: () => tell({ kind: 'measuring' }),
    measured: () => tell({ kind: 'measured' }),
  };
  process.on('message', (order: Order) => {
    handle(order, progress).then(
      (result) => result !== undefined && tell({ kind: 'done', result }),
      (error: unknown) => tell({ kind: 'failed', message: String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
  tell({ kind: 'ready' });
}
