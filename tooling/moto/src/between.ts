/** What SNS has to deliver to a function or a mailbox. */
export interface Delivery {
  readonly topic: string;
  readonly subscription: string;
  readonly protocol: 'lambda' | 'email' | 'email-json';
  readonly endpoint: string;
  readonly messageId: string;
  readonly subject: string | null;
  readonly message: string;
  readonly attributes: { readonly [name: string]: { readonly Type: string; readonly Value: string } };
  readonly redrivePolicy: string | null;
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** A call that a service of AWS makes, and the policies of the resource it is made on, as JSON. */
export interface ServiceCall {
  readonly service: string;
  readonly documents: readonly string[];
  readonly action: string;
  readonly resource: string;
  readonly context: { readonly [key: string]: string };
}

/** What a harness that stands in for what AWS does between the parts of a deployment asks of moto: tooling/moto/between.py. */
export interface Between {
  /** All that was published since the last time. */
  takeDeliveries(): Promise<readonly Delivery[]>;
  /** How far queues are ahead of this machine's clock, in milliseconds. */
  setClock(ahead: number): Promise<void>;
  /** A session of a role for a service; undefined where the role does not trust it. */
  serviceSession(wanted: {
    readonly role: string;
    readonly service: string;
    readonly region: string;
    readonly name: string;
  }): Promise<SessionCredentials | undefined>;
  /** Whether the resource's own policies allow it. */
  may(call: ServiceCall): Promise<boolean>;
  /**
   * Publishes as an EventBridge rule does; false where the topic's policy does not allow it. With `rule`, the policy is told by which rule,
   * as `aws:SourceArn`.
   */
  publishFromRule(wanted: { readonly topic: string; readonly message: string; readonly rule?: string }): Promise<boolean>;
}

export function betweenOf(endpoint: string): Between {
  async function ask<T>(what: string, body: object): Promise<T> {
    const answer = await fetch(`${endpoint}/moto-api/${what}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`moto refused ${what}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
  return {
    takeDeliveries: () => ask('deliveries', {}),
    setClock: (ahead) => ask('clock', { ahead }),
    serviceSession: async (wanted) => (await ask<SessionCredentials | null>('service-session', wanted)) ?? undefined,
    may: (call) => ask('may', call),
    publishFromRule: (wanted) => ask('publish-from-rule', wanted),
  };
}
