import * as z from 'zod';
import { diagnosisView } from '../diagnosis/diagnosis-view.ts';
import { findingView } from '../diagnosis/finding.ts';
import { networkChangeView, networkView } from '../lockdown/network-view.ts';
import { planView } from '../posture/plan-view.ts';
import { compromisePreview } from '../rotation/compromise/preview-compromise.ts';
import { rotationPlan } from '../rotation/requests/plan-rotation.ts';
import { rotationView } from '../rotation/rotation-view.ts';
import { plannedSecret, storedView } from '../targets/stored-view.ts';
import { adoptionsView, adoptionView } from './adoption-views.ts';
import { evidenceCall, evidenceEntry, evidenceView, lostRotation, rotationsView } from './evidence-view.ts';
import { fleetView, pauseView } from './fleet-views.ts';
import { identifiedKey, identifiedView } from './identify-view.ts';
import { accessView, keylessView, ladderView, verifyView } from './posture-contract.ts';
import {
  discoveryView,
  driftView,
  eventView,
  leakedKeyView,
  listedTarget,
  scheduleView,
  targetView,
  validityView,
} from './target-views.ts';

const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

/** Every body that the admin API answers with, by the name that its description uses. Loaded for that description alone. */
export const apiViews = {
  Target: targetView,
  Diagnosis: diagnosisView,
  ListedTarget: listedTarget,
  Targets: z.object({ pause: pauseView, targets: list(listedTarget), discovery: discoveryView.nullable() }),
  Identified: identifiedView,
  Stored: z.object({ target: targetView, secrets: list(storedView) }),
  OffboardedOrPlan: z.union([
    z.object({ target: z.string(), offboarded: z.literal(true), done: planView.shape.differences }),
    planView,
  ]),
  StoredOrAdoption: z.union([z.object({ target: targetView, secrets: list(storedView) }), adoptionView]),
  Adoptions: adoptionsView,
  Rotation: rotationView,
  Rotations: rotationsView,
  RotationPlan: rotationPlan,
  Evidence: evidenceView,
  CompromisePreviewed: z.object({ preview: compromisePreview }),
  CompromiseTaken: z.union([
    z.object({ preview: compromisePreview, rotation: rotationView }),
    z.object({
      preview: compromisePreview,
      rotation: z.null().describe('The leak is noted: its rotation begins at once when keys are on again.'),
      because: z.string().describe('Whether the key is accepted now, and what becomes of it.'),
    }),
  ]),
  Fleet: fleetView,
  Pause: pauseView,
  Network: networkView,
  NetworkChange: networkChangeView,
  NetworkChangeBegun: networkChangeView.extend({ plan: planView.exactOptional() }),
  Plan: planView,
  NetworkOrPlan: z.union([networkView, planView]),
  Access: accessView,
  Keyless: keylessView,
  Verified: verifyView,
  AccessOrPlan: z.union([accessView, planView]),
  KeylessOrPlan: z.union([keylessView, planView]),
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
  Ladder: ladderView,
  CompromisePreview: compromisePreview,
  IdentifiedKey: identifiedKey,
  StoredSecret: storedView,
  PlannedSecret: plannedSecret,
  Adoption: adoptionView,
  LostRotation: lostRotation,
  EvidenceEntry: evidenceEntry,
  EvidenceCall: evidenceCall,
} as const;
