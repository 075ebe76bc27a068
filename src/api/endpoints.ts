import type { Endpoint } from './endpoint.ts';
import { fleet } from './fleet.ts';
import { hardening } from './hardening.ts';
import { rotations } from './rotations.ts';
import { targets } from './targets.ts';

/** The admin API, operation by operation. */
export const endpoints: readonly Endpoint[] = [...targets, ...rotations, ...fleet, ...hardening];
