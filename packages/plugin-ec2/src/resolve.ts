import { type Entity, formatArn, isRegionOf, partitionOfRegion, type Reference, type Refusal } from '@entity-lockdown/plugin-api';

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
const idForm = /^i-([0-9a-f]{8}|[0-9a-f]{17})$/;

const usual = 'arn:aws:ec2:REGION:ACCOUNT:instance/i-...';

/** The instance that an ARN of EC2 names. */
export function resolve({ arn }: Reference): Entity | Refusal {
  const [kind = '', ...rest] = arn.resource.split('/');
  const id = rest.join('/');
  if (kind !== 'instance') return notAnInstance(kind);
  if (arn.region === '' || arn.account === '')
    return { refused: 'The ARN of an instance has a Region and an account.', instead: `Give it in full: ${usual}.` };
  if (!idForm.test(id))
    return {
      refused: `"${id}" is not the id of an instance: "i-" and 8 or 17 digits of 0-9 and a-f, in lower case.`,
      instead: 'Check the id: "aws ec2 describe-instances" shows it.',
    };
  if (!isRegionOf(arn.partition, arn.region))
    return {
      refused: `The Region ${arn.region} belongs to the partition ${partitionOfRegion(arn.region)}, not to ${arn.partition}.`,
      instead: 'Check the ARN.',
    };
  return {
    key: `${arn.partition}:${arn.account}:${arn.region}:${id}`,
    arn: formatArn(arn),
    partition: arn.partition,
    account: arn.account,
    region: arn.region,
    name: id,
  };
}

function notAnInstance(kind: string): Refusal {
  const how = Object.hasOwn(lookUp, kind) ? lookUp[kind] : undefined;
  return {
    refused: `This is the ARN of ${how === undefined ? `another resource of EC2 (${kind})` : how.what}, not of an instance.`,
    instead:
      how === undefined ? `Give the ARN of the instance: ${usual}.` : `Give the ARN of the instance (${usual}). ${how.where}`,
  };
}

const lookUp: { readonly [kind: string]: { readonly what: string; readonly where: string } } = {
  'network-interface': {
    what: 'a network interface',
    where: '"aws ec2 describe-network-interfaces --network-interface-ids ID" shows which one it is attached to.',
  },
  volume: { what: 'a volume', where: '"aws ec2 describe-volumes --volume-ids ID" shows which one it is attached to.' },
  'security-group': {
    what: 'a security group',
    where: '"aws ec2 describe-instances --filters Name=network-interface.group-id,Values=ID" shows which ones use it.',
  },
  subnet: {
    what: 'a subnet',
    where: '"aws ec2 describe-instances --filters Name=subnet-id,Values=ID" shows which ones are in it.',
  },
  vpc: { what: 'a VPC', where: '"aws ec2 describe-instances --filters Name=vpc-id,Values=ID" shows which ones are in it.' },
  'elastic-ip': {
    what: 'an Elastic IP address',
    where: '"aws ec2 describe-addresses --allocation-ids ID" shows which one has it.',
  },
  image: { what: 'an image', where: '"aws ec2 describe-instances --filters Name=image-id,Values=ID" shows which ones run it.' },
  'launch-template': {
    what: 'a launch template',
    where:
      '"aws ec2 describe-instances --filters Name=tag:aws:ec2launchtemplate:id,Values=ID" shows which ones were started from it.',
  },
  'key-pair': {
    what: 'a key pair',
    where: '"aws ec2 describe-instances --filters Name=key-name,Values=NAME" shows which ones were started with it.',
  },
};
