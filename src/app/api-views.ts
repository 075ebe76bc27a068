import * as z from 'zod';
import { diagnosisView } from '../diagnosis/diagnosis-view.ts';
import { findingView } from '../diagnosis/finding.ts';
import { networkChangeView, networkView } from '../hardening/network/network-view.ts';
import { planView } from '../hardening/plan-view.ts';
import { leakPreview } from '../rotation/leak/preview-leak.ts';
import { rotationPlan } from '../rotation/requests/plan-rotation.ts';
import { rotationView } from '../rotation/rotation-view.ts';
import { list, textOrNull, view } from '../shared/view-parts.ts';
import { plannedSecret, storedView } from '../targets/stored-view.ts';
import { accessView, hardeningStagesView, keylessView, verifyView } from './hardening/hardening-contract.ts';
import { auditCall, auditEntry, auditTrailView, lostRotation, rotationsView } from './rotations/audit-trail-view.ts';
import { fleetView, pauseView } from './sweep/fleet-views.ts';
import { adoptionsView, adoptionView } from './targets/adoption-views.ts';
import { identifiedKey, identifiedView } from './targets/identify-view.ts';
import {
  discoveryView,
  driftView,
  eventView,
  leakedKeyView,
  listedTarget,
  scheduleView,
  targetSummary,
  targetView,
  validityView,
} from './targets/target-views.ts';

/** `usual`, or the plan of a dry run. */
const orPlan = <Usual extends z.ZodType>(usual: Usual, description: string) =>
  z.union([usual, planView]).meta({ description });

/** Every body that the admin API answers with, by the name that its description uses. Loaded only for that description. */
export const apiViews = {
  Target: targetView,
  Diagnosis: diagnosisView,
  ListedTarget: listedTarget,
  TargetSummary: targetSummary,
  Targets: view('A page of targets.', {
    pause: pauseView,
    targets: z.union([list(listedTarget), list(targetSummary)]).describe('By `fields`.'),
    total: z.number().describe('How many targets fit the filters, on this page or not.'),
    next: textOrNull.describe('`after` for the page that follows; null: this is the last one.'),
    discovery: discoveryView.nullable(),
  }),
  Identified: identifiedView,
  Stored: view('A target whose secrets are right, and what became of each.', {
    target: targetView,
    secrets: list(storedView),
  }),
  OffboardedOrPlan: orPlan(
    z.object({ target: z.string(), offboarded: z.literal(true), done: planView.shape.differences }),
    'A target that was offboarded. Of a dry run: what that would do.',
  ),
  StoredOrAdoption: z
    .union([z.object({ target: targetView, secrets: list(storedView) }), adoptionView])
    .meta({ description: 'An adopted target. Of a dry run: what adopting it would do.' }),
  Adoptions: adoptionsView,
  Rotation: rotationView,
  Rotations: rotationsView,
  RotationPlan: rotationPlan,
  AuditTrail: auditTrailView,
  LeakPreviewed: view('Of a dry run: what reporting the key as leaked would do.', { preview: leakPreview }),
  LeakTaken: z
    .union([
      z.object({ preview: leakPreview, rotation: rotationView }),
      z.object({
        preview: leakPreview,
        rotation: z.null().describe('The leak is noted: its rotation begins at once when keys are on again.'),
        detail: z.string().describe('Whether the key is accepted now, and what becomes of it.'),
      }),
    ])
    .meta({ description: 'What is done about a key that was reported as leaked.' }),
  Fleet: fleetView,
  Pause: pauseView,
  Network: networkView,
  NetworkChange: networkChangeView,
  NetworkChangeBegun: networkChangeView
    .extend({ plan: planView.exactOptional() })
    .meta({ description: "A change of an account's network that has begun, with its plan." }),
  Plan: planView,
  NetworkOrPlan: orPlan(networkView, 'The network as it is, if it is as asked. Of a dry run: what a change would do.'),
  Access: accessView,
  Keyless: keylessView,
  Verified: verifyView,
  AccessOrPlan: orPlan(accessView, 'Who has which role. Of a dry run: what a change would do.'),
  KeylessOrPlan: orPlan(keylessView, 'Whether the account takes keys. Of a dry run: what a change would do.'),
} as const;

export type ApiView = keyof typeof apiViews;

/** What those bodies are made of, besides each other. */
export const apiViewParts = {
  Finding: findingView,
  Drift: driftView,
  LeakedKey: leakedKeyView,
  Schedule: scheduleView,
  Validity: validityView,
  Event: eventView,
  Discovery: discoveryView,
  HardeningStages: hardeningStagesView,
  LeakPreview: leakPreview,
  IdentifiedKey: identifiedKey,
  StoredSecret: storedView,
  PlannedSecret: plannedSecret,
  Adoption: adoptionView,
  LostRotation: lostRotation,
  AuditEntry: auditEntry,
  AuditCall: auditCall,
} as const;
