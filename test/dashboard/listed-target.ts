import type { ListedTarget, RotationView } from '../../dashboard/api/views.ts';

/** A target at rest, as the API shows it; a test says what is special. */
export function listedTarget(special: Partial<ListedTarget> = {}): ListedTarget {
  return {
    name: 'contoso',
    accountId:
      '/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333/resourceGroups/rg-contoso/providers/Microsoft.CognitiveServices/accounts/ai-contoso',
    vault: 'https://kv-contoso.vault.azure.net',
    prefix: 'ai-services',
    layout: 'pointer',
    state: 'idle',
    detail: 'Its keys were in order when they were last checked.',
    whatToDo: null,
    needsPerson: false,
    overdue: false,
    activeSlot: 'key1',
    keysCheckedAt: null,
    rotation: null,
    leakedKeys: [],
    drift: [],
    requestRefused: null,
    validity: null,
    events: 'unknown',
    eventsDetail: '',
    lastEvent: null,
    hardeningStages: null,
    blockedRevert: null,
    lastCompletedAt: null,
    lastRotation: null,
    nextDueAt: null,
    schedule: null,
    origin: 'declared',
    blocked: null,
    ...special,
  };
}

/** A rotation to key2 in its overlap, which began at `at(0)`. */
export function shownRotation(special: Partial<RotationView> = {}): RotationView {
  return {
    id: '5f0c2a58-8f53-4f0f-9a06-0d6a3b1c2d3e',
    target: 'contoso',
    state: 'overlapping',
    suspendedIn: null,
    reason: 'overlap',
    detail: 'Consumers that cached the old key may still use it.',
    cause: 'schedule',
    startedAt: at(0),
    stateSince: at(60),
    deadline: null,
    wakesAt: null,
    newSlot: 'key2',
    overlapSeconds: 7200,
    overlapUntil: at(7260),
    rollbackUntil: at(7260),
    actions: ['rollback', 'hold', 'expedite'],
    actionsToConfirm: [],
    overlapSetBy: 'target',
    overlapReason: 'policy',
    held: null,
    leakedSlot: null,
    attempts: 0,
    leftBehind: [],
    lastFailure: null,
    missingAction: null,
    fix: null,
    probe: 'data-plane',
    refusal: null,
    endedAt: null,
    readers: null,
    ...special,
  };
}

/** One that waits for a person. */
export function suspendedRotation(reason: string, special: Partial<RotationView> = {}): RotationView {
  return shownRotation({ state: 'suspended', suspendedIn: 'overlapping', reason, actions: ['resume'], ...special });
}

/** So many seconds after the rotation began. */
export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 0, 5, 12) + seconds * 1000).toISOString();
}

export function leakedKey(slot: 'key1' | 'key2' = 'key1'): ListedTarget['leakedKeys'][number] {
  return { slot, reportedAt: at(5), by: 'ada', reason: null, seenAt: null, lookedAt: null, failure: null };
}

export function drift(reason: string): ListedTarget['drift'][number] {
  return { reason, detail: `${reason}.`, whatToDo: `Mend ${reason}.`, code: null, since: at(9) };
}
