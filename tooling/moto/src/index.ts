export { type Between, betweenOf, type Delivery, type ServiceCall, type SessionCredentials } from './between.ts';
export { type ErrorAnswer, type FaultProxy, type Faults, type ProxiedRequest, startFaultProxy } from './fault-proxy.ts';
export { type Moto, python, startMoto } from './moto-server.ts';
