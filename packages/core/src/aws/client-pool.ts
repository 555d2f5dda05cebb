import type { AwsClient, AwsClientClass } from '@entity-lockdown/plugin-api';

/** Makes a client. The host's: real clients over HTTP, or clients that a sandbox serves. `config` has `region` and `credentials`. */
export type CreateClient = <C extends AwsClient>(Client: AwsClientClass<C>, config: object) => C;

/** Clients by account session, Region and class. The class object is the key: names do not survive minification. */
export interface ClientPool {
  client<C extends AwsClient>(Client: AwsClientClass<C>, region: string): C;
  destroy(): void;
}

export function createClientPool(createClient: CreateClient, credentials: object | undefined): ClientPool {
  const byRegion = new Map<string, Map<unknown, AwsClient>>();
  return {
    client<C extends AwsClient>(Client: AwsClientClass<C>, region: string): C {
      const clients = byRegion.get(region) ?? new Map<unknown, AwsClient>();
      byRegion.set(region, clients);
      const pooled = clients.get(Client) as C | undefined;
      if (pooled !== undefined) return pooled;
      const made = createClient(Client, { region, ...(credentials && { credentials }) });
      clients.set(Client, made);
      return made;
    },
    destroy() {
      for (const clients of byRegion.values()) for (const client of clients.values()) client.destroy();
      byRegion.clear();
    },
  };
}

/** The service of a client, as IAM names it in actions. */
export function iamPrefix(client: AwsClient): string {
  const { defaultSigningName, signingName, serviceId } = client.config as {
    defaultSigningName?: string;
    signingName?: string;
    serviceId?: string;
  };
  return defaultSigningName ?? signingName ?? serviceId?.toLowerCase().replaceAll(' ', '') ?? 'unknown';
}
