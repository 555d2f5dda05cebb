// Loaded before a command that is to live in the harness's time: CLOCK_AHEAD is how far that is ahead, in milliseconds.
const RealDate = Date;
const ahead = Number(process.env.CLOCK_AHEAD);

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + ahead);
    else super(...given);
  }
  static now() {
    return RealDate.now() + ahead;
  }
};
