import type { Progress } from './run-sale.js';
import { progressLine } from './progress-line.js';

/** Where progress is shown: a terminal redraws one line, anything else gets a line now and then. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const barWidth = 30;
const toLineStart = '\r\u001b[2K';

/**
 * Shows progress until the returned function is called, which leaves a terminal's line empty.
 *
 * @param redrawMs between two drawings on a terminal
 * @param lineMs between two lines anywhere else
 */
export function showProgress(
  progress: () => Progress,
  screen: Screen,
  { redrawMs = 100, lineMs = 1_000 } = {},
): () => void {
  const redraw = () => {
    const line = progressLine(progress(), barWidth);
    // A line that wraps could not be drawn over.
    screen.write(toLineStart + line.slice(0, (screen.columns ?? 80) - 1));
  };
  const tell = () => screen.write(`${progressLine(progress(), 0)}\n`);
  const timer = setInterval(screen.isTTY ? redraw : tell, screen.isTTY ? redrawMs : lineMs);
  return () => {
    clearInterval(timer);
    if (screen.isTTY) screen.write(toLineStart);
  };
}
