import { type UnconditionalDenySettings, unconditionalDenySettings } from '@entity-lockdown/iam-deny';
import type { RoleState } from './state.ts';

export type RoleSettings = UnconditionalDenySettings<RoleState>;

export const settings: RoleSettings = unconditionalDenySettings(({ principal }, on) =>
  principal.on === on ? principal : undefined,
);
