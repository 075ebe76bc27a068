/** Where a target stands, one word each, with the sentence that the admin API and the runbook show. */
export const targetStates = {
  'not-adopted': 'Keyturn has not stored its keys yet: adopt it.',
  offboarded: 'A person offboarded it. Adopting it by name takes it in again; adopting "all" leaves it out.',
  'adopted-elsewhere': 'Its settings name another vault, prefix or layout than it was adopted with: adopt it again.',
  'awaiting-first-rotation':
    'Azure cannot show who uses which key: start the first rotation with inactiveKeyUnused once nobody uses the inactive key.',
  leaked:
    'A key was reported as leaked and may still be valid. It ends when two looks at the account show the key in neither slot.',
  keyless: 'Keys are turned off on this account: there is nothing to rotate. Turning them on again resumes it.',
  settling: 'Another writer may still be at work; nothing is written until its last calls have settled.',
  rotating: 'A rotation is in flight.',
  suspended: 'A rotation waits for a person.',
  drifted: 'Vault and account disagree: `drift` says how; repair stores what the account has.',
  idle: 'Its keys were in order when they were last checked; the next rotation comes when it is due.',
  'newer-schema': 'A newer release of Keyturn wrote its journal; this one leaves it alone.',
  unreachable: 'The journal cannot be read now.',
} as const;

export type TargetState = keyof typeof targetStates;
