// Preloaded by `node --import`: sets the clock of a process off by CLOCK_SKEW_MS. Timers are as they were.
const skewMs = Number(process.env.CLOCK_SKEW_MS);
const TrueDate = Date;

globalThis.Date = class Date extends TrueDate {
  constructor(...values) {
    super(...(values.length > 0 ? values : [TrueDate.now() + skewMs]));
  }

  static now() {
    return TrueDate.now() + skewMs;
  }
};
