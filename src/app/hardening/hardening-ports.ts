import type { DiagnosisPorts } from '../../diagnosis/ports.ts';
import type { AskPermissionModel, Authorization, Identities } from '../../hardening/access/ports.ts';
import type { ActivityLog, LocalAuth } from '../../hardening/keyless/ports.ts';
import type { HardeningRows } from '../../hardening/ports.ts';
import type { TokenProbe } from '../../keys/ports.ts';

/** What changes of hardening need of the world, beside the engine's ports. */
export interface HardeningPorts {
  readonly hardeningRows: HardeningRows;
  readonly tokenProbe: TokenProbe;
  readonly authorization: Authorization;
  readonly identities: Identities;
  readonly permissionModel: AskPermissionModel;
  readonly locks: DiagnosisPorts['locks'];
  readonly localAuth: LocalAuth;
  readonly activityLog: ActivityLog;
}
