import {
  type Clock,
  type CreateClient,
  createAwsAccess,
  createDispatcher,
  type Dispatcher,
  type Ledger,
  type Observer,
  type Registry,
  sessionNameFor,
} from '@entity-lockdown/core';
import type { SecretReader } from './secrets.ts';
import type { Settings } from './settings.ts';

export interface EngineParts {
  readonly settings: Settings;
  readonly createClient: CreateClient;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly secrets: SecretReader;
  readonly observe: Observer;
  /** Unique to this process. */
  readonly me: string;
}

/** The dispatcher of this process: one for as long as the external id of the accounts' roles is the same. */
export function engine(parts: EngineParts): () => Promise<Dispatcher> {
  const { settings, createClient, clock, ledger, registry, observe, me } = parts;
  let made: { readonly externalId: string; readonly dispatcher: Dispatcher } | undefined;

  function make(externalId: string): Dispatcher {
    const access = createAwsAccess({
      createClient,
      clock,
      region: settings.region,
      roleName: settings.roleName,
      externalId,
      sessionName: sessionNameFor('responder', clock.now()),
    });
    const guardrails = { protected: settings.protected };
    // Whoever died is in another process: nobody here knows.
    const owners = { me, isDead: () => false };
    return createDispatcher({ registry, ledger, access, guardrails, clock, owners, observe });
  }

  return async () => {
    const { memberExternalId } = await parts.secrets.current();
    if (made?.externalId !== memberExternalId) made = { externalId: memberExternalId, dispatcher: make(memberExternalId) };
    return made.dispatcher;
  };
}
