import type { RoleDefinition } from '../../../local/simulated-azure/roles.ts';
import type { Principal } from '../../../local/simulated-azure/world.ts';
import { guidOf } from './placeholders.ts';

/** The one who was signed in when the recording was made: may do everything. */
export const CALLER = principal('caller of the recording');

/** The role of the one who may do everything. */
export const EVERYTHING: RoleDefinition = {
  guid: guidOf('role of the caller'),
  roleName: 'Everything, for replaying',
  description: '',
  kind: 'CustomRole',
  assignableScopes: ['/'],
  actions: ['*'],
  notActions: [],
  dataActions: ['*'],
  notDataActions: [],
};

/** Somebody with no role at all: whom a recorded 403 refused. */
export const STRANGER = principal('stranger');

function principal(name: string): Principal {
  return {
    objectId: guidOf(name),
    clientId: guidOf(`app of ${name}`),
    name,
    kind: 'application',
    resourceId: null,
    secret: null,
    appRoles: {},
  };
}
