#!/usr/bin/env node
// Writes dist/manifest.json from dist/manifest.js of the plugin package in the current folder, so that the core can read what a
// plugin is without running it.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const { manifest } = await import(pathToFileURL(resolve('dist/manifest.js')).href);
writeFileSync(resolve('dist/manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
