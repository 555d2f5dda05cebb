import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureColdStarts } from './cold-start.ts';
import { withFigures } from './document.ts';
import { measureLoad } from './load.ts';
import { overBudget, report } from './report.ts';
import { countRoundTrips } from './round-trips.ts';

const documentFile = join(import.meta.dirname, '../../../docs/performance.md');

// The load comes first: the most memory that the process ever had must be its own.
console.error('Containing and releasing 1,000 entities ...');
const load = await measureLoad(10, 25);
console.error('Counting round trips ...');
const counted = { folder: await countRoundTrips('folder'), s3: await countRoundTrips('s3') };
console.error('Measuring cold starts ...');
const starts = await measureColdStarts();

const figures = report({ counted, starts, load });
console.log(figures);
writeFileSync(documentFile, withFigures(readFileSync(documentFile, 'utf8'), figures));

const over = overBudget(counted);
for (const line of over) console.error(`Over budget: ${line}.`);
process.exitCode = over.length === 0 ? 0 : 1;
