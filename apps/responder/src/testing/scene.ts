import type { ContainmentRecord } from '@entity-lockdown/core';
import { type Make, withoutWaits } from './entities.ts';
import { type Simulation, type SimulationOptions, simulation } from './simulation.ts';

export const account = '111122223333';

export interface Scene extends Simulation {
  readonly arn: string;
  /** Asks for the entity of the scene. */
  ask(id?: string): void;
  /** Its live record. */
  record(): Promise<ContainmentRecord | undefined>;
}

/** One entity in an account, and the responder. */
export function sceneOf(make: Make, options: SimulationOptions = {}): Scene {
  const of = simulation(options);
  withoutWaits(of.sandbox, account);
  const arn = make(of.admin(account), account, 'victim');
  return {
    ...of,
    arn,
    ask: (id) => of.publish({ body: JSON.stringify({ arn, reason: 'stolen' }), ...(id !== undefined && { id }) }),
    record: async () => (await of.ledger.allOpen())[0],
  };
}

export const minutes = 60_000;
