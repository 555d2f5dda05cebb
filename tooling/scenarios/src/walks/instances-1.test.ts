import { takeWalks } from './walks.ts';
import { instancesOfOneVpc } from './worlds.ts';

takeWalks('instances that share groups and a role', instancesOfOneVpc, 2, 3_000);
