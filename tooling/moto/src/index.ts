export { type ErrorAnswer, type FaultProxy, type Faults, type ProxiedRequest, startFaultProxy } from './fault-proxy.ts';
export { type Moto, startMoto } from './moto-server.ts';
