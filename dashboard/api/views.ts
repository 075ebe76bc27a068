/** What the admin API answers with: the very types of its schemas, so that a page that reads another member does not compile. */

export type { LeakPreview, ListedTarget, PlanView, RotationView, TargetSummary } from '../../src/app/contract.ts';
export type { AccessView, HardeningStage, KeylessView } from '../../src/app/hardening/hardening-contract.ts';
export type { AuditEntry, AuditTrailView, ListedRotation } from '../../src/app/rotations/audit-trail-view.ts';
export type { FleetView, PauseView } from '../../src/app/sweep/fleet-views.ts';
export type { AdoptionsView, AdoptionView } from '../../src/app/targets/adoption-views.ts';
export type { IdentifiedKeyView, IdentifiedView } from '../../src/app/targets/identify-view.ts';
export type { DiagnosisView } from '../../src/diagnosis/diagnosis-view.ts';
export type { Finding } from '../../src/diagnosis/finding.ts';
export type { NetworkChangeView, NetworkView } from '../../src/hardening/network/network-view.ts';
export type { ReadersView } from '../../src/rotation/readers/readers-view.ts';
export type { RotationPlan } from '../../src/rotation/requests/plan-rotation.ts';

import type { ListedTarget, TargetSummary } from '../../src/app/contract.ts';
import type { PauseView } from '../../src/app/sweep/fleet-views.ts';
import type { OffboardChange } from '../../src/app/targets/offboard-plan.ts';
import type { DiscoveryView } from '../../src/app/targets/target-views.ts';
import type { AccessChange } from '../../src/hardening/access/access-state.ts';
import type { KeylessStep } from '../../src/hardening/keyless/plan-keyless.ts';
import type { NetworkChange } from '../../src/hardening/network/network-change.ts';

/** `change` of a plan's difference: which one its `kind` says. */
export type PlannedChange = NetworkChange | AccessChange | KeylessStep | OffboardChange;

/** `GET /api/targets`, by `fields`. */
export interface TargetsPage<Shown extends ListedTarget | TargetSummary> {
  readonly pause: PauseView;
  readonly targets: readonly Shown[];
  readonly total: number;
  readonly next: string | null;
  readonly discovery: DiscoveryView | null;
}
