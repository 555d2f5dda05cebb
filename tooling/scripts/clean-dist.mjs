// The first step of a package's build: what its sources no longer have must not stay in what is packed.
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
