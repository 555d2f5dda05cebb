export { lockdownApp, synthesize, type Templates } from './synthesize.ts';
