import type { AskPermissionModel, Authorization, Identities } from '../access/ports.ts';
import type { DiagnosisPorts } from '../diagnosis/ports.ts';
import type { ActivityLog, LocalAuth } from '../keyless/ports.ts';
import type { TokenProbe } from '../keys/ports.ts';
import type { PostureRows } from '../posture/ports.ts';

/** What changes of posture need of the world, beside the engine's ports. */
export interface PosturePorts {
  readonly postures: PostureRows;
  readonly tokenProbe: TokenProbe;
  readonly authorization: Authorization;
  readonly identities: Identities;
  readonly permissionModel: AskPermissionModel;
  readonly locks: DiagnosisPorts['locks'];
  readonly localAuth: LocalAuth;
  readonly activityLog: ActivityLog;
}
