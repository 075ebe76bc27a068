import { type Ablation, deep, edit, row } from './load-engine.ts';

const gate = 'keys/copies/copies-gate.ts';
const copies = 'rotation/states/copies.ts';

const rules: readonly Ablation[] = [
  row(
    'copies: they follow the pointer, and before they have the overlap does not run out',
    { breaks: 0 },
    edit(
      'rotation/states/enter.ts',
      'copies.some(({ name }) => !from.leftBehind.includes(name))',
      'copies.length > 99',
    ),
  ),
  row(
    'copies: they are read right before the old key is replaced',
    { breaks: 1 },
    edit(copies, 'return leavesCopies(state, oldSlotOf(state)) ? [] : await', 'return true ? [] : await'),
  ),
  row(
    'copies: one that holds the inactive key is led to the active one before the first is replaced',
    { breaks: 1 },
    edit('rotation/states/preparing.ts', 'await gatherCopies(session, state, mode, state.leaked !== null)', '[]'),
  ),
  row(
    'copies: each has stood until nobody can hold what it held before',
    { breaks: 1 },
    edit(gate, 'return forMs > 0 ?', 'return forMs > Number.MAX_SAFE_INTEGER ?'),
  ),
  row(
    'copies: the age of what differs from what was seen begins again',
    { breaks: 1 },
    edit(gate, 'before?.salt === salt && before.mark === mark ? [before]', 'before !== undefined ? [before]'),
  ),
  row(
    "copies: a value that is none of the account's keys is never overwritten",
    { breaks: 1 },
    edit(gate, 'fact.fingerprint === other', 'fact.fingerprint !== rules.wanted'),
    edit(gate, '{ other, creates, leaves }: CopyRules', '{ creates, leaves, ...rules }: CopyRules'),
  ),
  deep(
    /the copy/,
    'copies: after a suspension for one of them nothing counts that was seen before',
    { breaks: 2 },
    edit('rotation/requests/apply-operator-request.ts', 'return { copies: [] };', 'return {};'),
  ),
  deep(
    /the copy/,
    'copies: what a look between rotations finds otherwise counts at the next gate',
    { breaks: 2 },
    edit('app/sweep/look-after-target.ts', 'if (looked.copiesOtherwise &&', 'if (looked.copiesOtherwise && false &&'),
  ),
  deep(
    /restore the pointer of long ago/,
    'copies: if consumers read otherwise while they are led, the overlap begins again',
    { breaks: 2 },
    edit(
      'rotation/states/updating-copies.ts',
      'followed: followedAfter(state.followed, reason)',
      'followed: state.followed',
    ),
  ),
];

/** What replaces all settings of an app at once has a rule more. */
const wholeSetRules: readonly Ablation[] = [
  row(
    'copies: what somebody has saved in an app since its settings were read is not overwritten',
    { breaks: 0 },
    edit('keys/copies/app-setting-copy.ts', '(await webApps.changedAt(siteId)) !== changedAt', 'changedAt === null'),
  ),
];

/** Every rule of copies that is a line of code. */
export const copyAblations: readonly Ablation[] = [
  ...rules.map((rule) => ({ ...rule, layout: 'copies' as const })),
  ...wholeSetRules.map((rule) => ({ ...rule, layout: 'settings' as const })),
];
