#!/usr/bin/env node
// A static import could not be guarded: the version is checked before anything is loaded that an old Node cannot read.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(`lockdown needs Node.js 22.12 or newer; this is ${process.versions.node} (${process.execPath}).`);
  process.exit(2);
}
await import('../dist/main.js');
