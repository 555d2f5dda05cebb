import { processIo } from './process-io.ts';
import { run } from './run.ts';

const io = processIo();
const code = await run(process.argv.slice(2), io);
process.exitCode = code;
// Interrupted, calls may still be under way that nobody waits for; in every other case the process ends when nothing is left to do.
if (code === 130) process.exit();
