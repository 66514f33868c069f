import type { ClosedData } from '../parts/closed.js';
import { cellTable } from './cell-table.js';
import type { Results } from './results.js';

/** Everything that was measured, as text for the terminal. */
export function report(results: Results): string {
  const closed = results.read<ClosedData>('closed');
  return ['', ...(closed ? cellTable('Closed loop', closed.data.cells) : [])].join('\n');
}
