import { takeWalks } from './walks.ts';
import { functionsOnOneRole } from './worlds.ts';

takeWalks('functions that share a role', functionsOnOneRole, 1, 7_000);
