#!/usr/bin/env node
// Writes dist/manifest.json from dist/manifest.js of the plugin package in the current folder, so that the core can read what a
// plugin is without running it.
import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const module = resolve('dist/manifest.js');
if (existsSync(module)) {
  const { manifest } = await import(pathToFileURL(module).href);
  if (manifest === undefined) fail(`${module} exports no "manifest".`);
  else writeFileSync(resolve('dist/manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
} else {
  fail(`There is no ${module}. Compile src/manifest.ts first, and run this in the folder of the plugin's package.json.`);
}

function fail(message) {
  console.error(`entity-lockdown-manifest: ${message}`);
  process.exitCode = 1;
}
