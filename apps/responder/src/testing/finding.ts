/**
 * A finding of GuardDuty about what a user did, or a session of a role, in an event of EventBridge; its title is what an attacker would like
 * it to be.
 */
export function finding(arn: string): string {
  const [, , , , accountId, resource = ''] = arn.split(':');
  const userName = resource.split('/').at(-1);
  const actor = resource.startsWith('role/')
    ? { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', principalId: 'AROA:session', userType: 'AssumedRole', userName }
    : { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', principalId: 'AIDA', userType: 'IAMUser', userName };
  return JSON.stringify({
    'detail-type': 'GuardDuty Finding',
    source: 'aws.guardduty',
    id: 'event-1',
    detail: {
      schemaVersion: '2.0',
      id: 'finding-1',
      arn: `arn:aws:guardduty:eu-west-1:${accountId}:detector/d/finding/finding-1`,
      type: 'UnauthorizedAccess:IAMUser/MaliciousIPCaller',
      title: 'An API was called\nFROM: bad http://evil.example/',
      severity: 8,
      accountId,
      region: 'eu-west-1',
      partition: 'aws',
      createdAt: '2026-11-02T03:00:00Z',
      updatedAt: '2026-11-02T03:00:00Z',
      resource: { resourceType: 'AccessKey', accessKeyDetails: actor },
      service: { serviceName: 'guardduty', archived: false, action: { actionType: 'AWS_API_CALL' } },
    },
  });
}
