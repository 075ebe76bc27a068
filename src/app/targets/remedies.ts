import type { SuspendReason } from '../../rotation/reasons.ts';
import { refusalRemedies } from '../../shared/refusals.ts';
import type { DriftReason } from '../../targets/drift.ts';

const adoptAgain = "Adopt the target again. The pointer stays, and the account's keys are stored.";
const repairStores = 'Repair recovers the secret, or stores what the account has.';
const repairPointer = 'Repair recovers the pointer, or stores it where it stood.';
const findOutWho =
  'Find out who regenerates or stores keys, and repair. Before its switch a rotation can also be cancelled.';
const copyByHand =
  'Give the copy that lastFailure names the active key, or remove it from the settings, then resume. Or expedite with leaveBehind.';
const overdueAfterADay = 'Tried for a day. Fix what lastFailure names.';
const overdueAfterAnHour = 'Tried for an hour. Fix what lastFailure names.';

/** What to do about a suspended rotation or drift, by its reason: the words of docs/reasons.md. */
export const remedies: Readonly<Record<SuspendReason | DriftReason, string>> = {
  ...refusalRemedies,
  'account-recreated': adoptAgain,
  'taken-over': 'Another instance claimed the target. Stop one of the two, or take it over.',
  'endpoint-not-azure':
    "ARM names an endpoint that is no AI account's in the cloud of KEYTURN_CLOUD. Nothing is sent there. Check the cloud and the account.",
  'kind-not-probeable':
    'No call proves a key of this kind. Set probe: control-plane-only, or give the account a custom subdomain if its kind needs one.',
  'secrets-of-another-account': "A secret's tag ProviderAddress names another account. Give one target another prefix.",
  'foreign-secret':
    "A secret does not show that it is the target's. Choose another prefix, or delete and purge the secret.",
  'account-moved': 'The account was moved meanwhile. Resume: Keyturn looks at account and vault first.',
  'endpoint-deleted': repairStores,
  'pointer-missing': repairPointer,
  'pointer-disabled':
    "Enable the pointer's current version. Repair leaves it to you: somebody may have wanted to stop consumers.",
  'pointer-invalid': repairPointer,
  'pointer-moved': 'Somebody moved the pointer. Move it back to where the rotation had it, then resume.',
  'secret-missing': repairStores,
  'secret-disabled': "Repair, or enable the secret's current version.",
  'secret-changed': repairStores,
  'vault-stale': findOutWho,
  'direct-stale': repairStores,
  'too-many-tags':
    'Key Vault allows 15 tags; Keyturn needs five of a key secret, three of the pointer, two of the endpoint. Remove others.',
  'out-of-band-regenerated': findOutWho,
  'copy-foreign': copyByHand,
  'copy-unreadable':
    'lastFailure names the copy. Let Keyturn read it (docs/copies.md has the role), enable it, or remove it from the settings. Or expedite with leaveBehind.',
  'copy-not-written':
    'lastFailure names the copy. Let Keyturn write it (docs/copies.md has the role), then resume. Or expedite with leaveBehind: whoever reads it then fails once the old key ends.',
  'copy-not-sticky':
    'Mark the setting as a deployment slot setting in its app, or declare a copy for each slot, production too. Then resume. Or expedite with leaveBehind.',
  'copy-reverted':
    'Find out who else writes the copy that lastFailure names, such as a pipeline, and stop it, then resume. Or expedite with leaveBehind.',
  'account-provisioning-failed':
    "The account's state is Failed or Canceled. Repeat its last deployment, or any update, until it is Succeeded.",
  'quota-used-up':
    'The account has used up its calls. Choose a larger tier, wait until they are renewed, or rotate without calls by probe: control-plane-only.',
  'preparing-overdue': overdueAfterADay,
  'regenerating-overdue': overdueAfterAnHour,
  'publishing-overdue': overdueAfterADay,
  'new-key-not-accepted': "Tried for two hours. Check that Keyturn reaches the account's endpoint.",
  'switching-overdue': overdueAfterADay,
  'updating-copies-overdue': overdueAfterADay,
  'stragglers-remain':
    'holdForStragglers is over. Let who still reads the old key, as readers of the rotation has it, read again. Then resume: that ends the old key.',
  'overlapping-overdue': overdueAfterADay,
  'retiring-overdue': overdueAfterAnHour,
  'restocking-overdue': overdueAfterADay,
  'confirming-overdue': overdueAfterADay,
  'rolling-back-overdue': overdueAfterAnHour,
  'cancelling-overdue': overdueAfterAnHour,
  'journal-lost': adoptAgain,
  'journal-restored':
    "The target's row is an older copy. Nothing to do: the next rotation waits a whole overlap first.",
  'keys-on-again':
    'Somebody turned keys on outside Keyturn. PUT …/keyless with enabled: true turns them off, with false rotates them again.',
  'pointer-to-dead-key': 'Consumers get a dead key and fail. Repair at once.',
  'active-key-refused': 'The endpoint refuses the active key, so consumers fail. Ask for the diagnosis.',
  'copy-stale':
    "The plan of a rotation shows what each copy holds. Repair gives the active key to one that holds the other. Anything else is somebody's: set it yourself.",
  'endpoint-stale': repairStores,
};
