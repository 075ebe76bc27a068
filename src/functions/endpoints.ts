import { adoptMany } from './adopt-many.http.ts';
import { adoptTarget } from './adopt-target.http.ts';
import { cancelRotation } from './cancel-rotation.http.ts';
import { changeAccess } from './change-access.http.ts';
import { changeKeyless } from './change-keyless.http.ts';
import { diagnoseTarget } from './diagnose-target.http.ts';
import type { Endpoint } from './endpoint.ts';
import { expediteRotation } from './expedite-rotation.http.ts';
import { holdRotation } from './hold-rotation.http.ts';
import { identifyKey } from './identify-key.http.ts';
import { liftLine } from './lift-line.http.ts';
import { listRotations } from './list-rotations.http.ts';
import { listTargets } from './list-targets.http.ts';
import { offboardTarget } from './offboard-target.http.ts';
import { readAccess } from './read-access.http.ts';
import { readEvidence } from './read-evidence.http.ts';
import { readFleet } from './read-fleet.http.ts';
import { readKeyless } from './read-keyless.http.ts';
import { readNetwork } from './read-network.http.ts';
import { readNetworkChange } from './read-network-change.http.ts';
import { readRotation } from './read-rotation.http.ts';
import { readTarget } from './read-target.http.ts';
import { releaseHold } from './release-hold.http.ts';
import { repairTarget } from './repair-target.http.ts';
import { reportCompromise } from './report-compromise.http.ts';
import { resumeRotation } from './resume-rotation.http.ts';
import { rollBackRotation } from './roll-back-rotation.http.ts';
import { setNetwork } from './set-network.http.ts';
import { setPause } from './set-pause.http.ts';
import { startRotation } from './start-rotation.http.ts';
import { verifyKeyless } from './verify-keyless.http.ts';

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
  readEvidence,
  cancelRotation,
  holdRotation,
  releaseHold,
  expediteRotation,
  rollBackRotation,
  resumeRotation,
  reportCompromise,
  readFleet,
  liftLine,
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
