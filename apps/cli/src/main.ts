import { worst } from './exit-code.ts';
import { processIo } from './process-io.ts';
import { run } from './run.ts';

const io = processIo();
const code = await run(process.argv.slice(2), io);
const lost = await io.flushed();
process.exitCode = lost === undefined ? code : worst([code, 1]);
if (lost !== undefined)
  io.stderr.write(
    `error: The result could not be written to stdout (${lost.code ?? lost.message}).\nnext: What was done stays done. Make room, or write elsewhere; lockdown status shows what stands.\n`,
  );
// Interrupted, calls may still be under way that nobody waits for; in every other case the process ends when nothing is left to do.
if (code === 130) process.exit();
