/*
 * Loaded with `--import` before an app: SIGHUP steps its clock by CLOCK_SHIFT_MS, the next one sets it right again.
 * With CLOCK_SHIFTED it is off from the start. The monotonic clock and all timers stay as they are, as when somebody
 * sets a machine's clock.
 */

const shiftMs = Number(process.env['CLOCK_SHIFT_MS'] ?? 0);
const TrueDate = Date;
const trueNow = Date.now.bind(Date);
let shift = process.env['CLOCK_SHIFTED'] === undefined ? 0 : shiftMs;

const now = () => trueNow() + shift;

class ShiftedDate extends TrueDate {
  constructor(...given: unknown[]) {
    if (given.length === 0) super(now());
    else super(...(given as [number]));
  }

  static override now = now;
}

Object.defineProperty(globalThis, 'Date', { value: ShiftedDate, writable: true, configurable: true });
process.on('SIGHUP', () => {
  shift = shift === 0 ? shiftMs : 0;
});
