// Runs a handler in a process of its own, as Lambda does: node runtime.mjs CODE-FOLDER HANDLER. Events come, and answers go, by messages.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const RealDate = Date;
let ahead = 0;

/** The harness has its own time. */
class ShiftedDate extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + ahead);
    else super(...given);
  }
  static now() {
    return RealDate.now() + ahead;
  }
}

const [folder, handler] = process.argv.slice(2);
const [file, name] = handler.split('.');

process.on('message', async ({ id, event, time, deadline, second, context }) => {
  ahead = time - RealDate.now();
  globalThis.Date = ShiftedDate;
  try {
    const module = await import(pathToFileURL(join(folder, `${file}.mjs`)).href).catch((error) => {
      if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
      return import(pathToFileURL(join(folder, `${file}.js`)).href);
    });
    const getRemainingTimeInMillis = () => Math.max(0, Math.round(((deadline - RealDate.now()) * 1_000) / second));
    const result = await module[name](event, { ...context, getRemainingTimeInMillis });
    process.send({ id, result: result === undefined ? null : result });
  } catch (error) {
    process.send({ id, error: { errorType: error?.name ?? 'Error', errorMessage: String(error?.message ?? error) } });
  }
});
process.send({ ready: true });
