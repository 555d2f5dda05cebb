import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureColdStarts } from './cold-start.ts';
import { withFigures } from './document.ts';
import { measureLoad } from './load.ts';
import { overBudget, report, slowStarts } from './report.ts';
import { measureResponderStarts } from './responder-start.ts';
import { countRoundTrips } from './round-trips.ts';

/** Of each process. */
const runs = 15;
const documentFile = join(import.meta.dirname, '../../../docs/performance.md');

// The load comes first: the most memory that the process ever had must be its own.
console.error('Containing and releasing 1,000 entities ...');
const load = await measureLoad(10, 25);
console.error('Counting round trips ...');
const counted = { folder: await countRoundTrips('folder'), s3: await countRoundTrips('s3') };
console.error('Measuring cold starts ...');
const starts = measureColdStarts(runs);
const responderStarts = await measureResponderStarts(runs);

const figures = report({ counted, runs, starts, responderStarts, load });
console.log(figures);
writeFileSync(documentFile, withFigures(readFileSync(documentFile, 'utf8'), figures));

const over = [...overBudget(counted), ...slowStarts(responderStarts)];
for (const line of over) console.error(`Over budget: ${line}.`);
process.exitCode = over.length === 0 ? 0 : 1;
