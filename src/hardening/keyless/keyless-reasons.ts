/** Why a change of keyless rests and goes on by itself. */
export const keylessWaits = {
  proving: 'Keys are refused so far; a node of the gateway may lag behind, so Keyturn looks for some minutes.',
  'keys-lingering': "Keys are off in Azure, and the account's gateways still take them; that may last for hours.",
  'token-rejected':
    "Keyturn's own token is not accepted just now; should that go on, keys are turned on again, or stay on.",
  'quota-used-up':
    "The account's quota of calls is used up, so nothing can be proved; should that go on, keys are turned on again.",
  'endpoint-unclear':
    "The account's endpoint does not say whether it accepts the token, or the key; should that go on, keys are turned on again.",
  'account-changing': 'Azure took the change of the account, and does not show the new setting yet.',
  'account-busy':
    'Another change of the account is under way, and Azure takes no second one meanwhile: this one is sent when that is over.',
  'rotation-at-work': "Another worker is at the account's row right now.",
  'newer-schema':
    "A newer release of Keyturn wrote the account's row, and may be rotating its keys: let that release go on with this change.",
  'called-off':
    'An operator called it off. What was sent to Azure before may still be applied; then keys are on, or turned on again.',
  paused: 'The whole instance is paused: this is done when that ends.',
  'retry-later': 'Azure did not answer, or asked Keyturn to wait.',
} as const;

/** Why a change of keyless did not end as asked, besides Azure's refusals. After `reverted` the account takes keys as before. */
export const keylessEnds = {
  'token-not-accepted': "With keys off, Keyturn's own token was not accepted for too long: keys were turned on again.",
  'key-still-accepted': 'A key was still accepted when the time to prove was over: keys were turned on again.',
  'quota-used-up':
    "The account's quota of calls is used up, so it could not be proved in time that it takes the token and no key.",
  'endpoint-unclear':
    "The account's endpoint did not say in time whether it takes the token and no key: throttling, network rules or an outage.",
  'called-off': 'An operator wanted keys on again while they were being turned off: the account takes keys as before.',
  'keyless-change-overdue': 'Azure could not be asked for too long.',
  'not-taking':
    'Azure took the change several times and never showed it: usually an Azure Policy with the effect modify sets disableLocalAuth back. Exempt the account from it, then ask again.',
  'keys-not-adopted': 'Keys are on again, and could not be stored: adopt the target.',
  'newer-schema':
    "A newer release of Keyturn wrote the account's row and would not let go of it within the hour: ask that release.",
} as const;
