import type { Endpoint } from './endpoint.ts';
import { readFleet } from './fleet/read-fleet.http.ts';
import { resetFleet } from './fleet/reset-fleet.http.ts';
import { setPause } from './fleet/set-pause.http.ts';
import { changeAccess } from './hardening/change-access.http.ts';
import { changeKeyless } from './hardening/change-keyless.http.ts';
import { readAccess } from './hardening/read-access.http.ts';
import { readKeyless } from './hardening/read-keyless.http.ts';
import { readNetwork } from './hardening/read-network.http.ts';
import { readNetworkChange } from './hardening/read-network-change.http.ts';
import { setNetwork } from './hardening/set-network.http.ts';
import { verifyKeyless } from './hardening/verify-keyless.http.ts';
import { cancelRotation } from './rotations/cancel-rotation.http.ts';
import { expediteRotation } from './rotations/expedite-rotation.http.ts';
import { holdRotation } from './rotations/hold-rotation.http.ts';
import { listRotations } from './rotations/list-rotations.http.ts';
import { readAuditTrail } from './rotations/read-audit-trail.http.ts';
import { readRotation } from './rotations/read-rotation.http.ts';
import { releaseHold } from './rotations/release-hold.http.ts';
import { reportLeak } from './rotations/report-leak.http.ts';
import { resumeRotation } from './rotations/resume-rotation.http.ts';
import { rollBackRotation } from './rotations/roll-back-rotation.http.ts';
import { startRotation } from './rotations/start-rotation.http.ts';
import { adoptMany } from './targets/adopt-many.http.ts';
import { adoptTarget } from './targets/adopt-target.http.ts';
import { diagnoseTarget } from './targets/diagnose-target.http.ts';
import { identifyKey } from './targets/identify-key.http.ts';
import { listTargets } from './targets/list-targets.http.ts';
import { offboardTarget } from './targets/offboard-target.http.ts';
import { readTarget } from './targets/read-target.http.ts';
import { repairTarget } from './targets/repair-target.http.ts';

/** The admin API, operation by operation. */
export const endpoints: readonly Endpoint[] = [
  listTargets,
  readTarget,
  diagnoseTarget,
  identifyKey,
  adoptTarget,
  adoptMany,
  repairTarget,
  offboardTarget,
  startRotation,
  listRotations,
  readRotation,
  readAuditTrail,
  cancelRotation,
  holdRotation,
  releaseHold,
  expediteRotation,
  rollBackRotation,
  resumeRotation,
  reportLeak,
  readFleet,
  resetFleet,
  readNetwork,
  setNetwork,
  readNetworkChange,
  readAccess,
  changeAccess,
  readKeyless,
  verifyKeyless,
  changeKeyless,
  setPause,
];
