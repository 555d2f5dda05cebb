export { checkPlugin, type Fault } from './check-plugin.ts';
export { type TestClock, testClock } from './clock.ts';
export { describePlugin } from './describe-plugin.ts';
export { type Life, lifeOf, untilEnd } from './life.ts';
export { seededNumbers, seededRandom } from './random.ts';
export type { ConformanceOptions } from './subject.ts';
export { createTestHost, registryOf, type TestHost, type TestHostOptions } from './test-host.ts';
export { type BuiltWorld, buildWorld, type PluginWorld, type Scene } from './world.ts';
