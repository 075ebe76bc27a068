import type { HardeningArea } from '../../../src/hardening/ports.ts';
import { type Ablation, deep, type Edit, edit } from '../load-engine.ts';

const leasedRow = 'durable/leased-row.ts';
const take = 'durable/take-lease.ts';
const owned = 'durable/owned-row.ts';
const fence = 'durable/lease-fence.ts';
const work = 'hardening/run-hardening.ts';
const door = 'hardening/network/public-access-change.ts';
const keys = 'hardening/keyless/keyless-work.ts';
const proof = 'hardening/keyless/prove-keyless.ts';
const mark = 'rotation/requests/mark-keyless.ts';
const blockers = 'app/hardening/keyless-blockers.ts';

/** A rule of changes of hardening, shown by one of that kind. @param focus the moves with which a deeper search looks */
const of = (
  change: HardeningArea,
  rule: string,
  expect: Ablation['expect'],
  edits: readonly Edit[],
  focus = /(?:)/,
): Ablation => ({ ...deep(focus, `${change}: ${rule}`, expect, ...edits), change });

/** One whose breach no scene shows earlier. */
const within = (scene: string, one: Ablation): Ablation => ({ ...one, scene });
const keptOut = 'only listed addresses, Keyturn not among them';
const lingering = 'turn keys off, which a gateway goes on taking';
const offBeside = 'turn keys off, beside a rotation, a rotation first';
const onBeside = 'turn keys on, beside a rotation, a rotation first';

/** The rules of changes of hardening, each with the budget with which its absence shows. */
export const hardeningAblations: readonly Ablation[] = [
  within(
    keptOut,
    of('network', 'who finds the lease held stays away', { breaks: 1 }, [
      edit(take, 'if (forMs > 0) {', 'if (forMs > 0 && token === "") {'),
      edit(take, 'const before = stored !== null && isHeld ? overtaken(row, stored) : row;', 'const before = row;'),
    ]),
  ),
  of('network', 'no write leaves when the lease is not surely ours', { breaks: 1 }, [
    edit(owned, 'fence: fence.holds,', 'fence: () => true,'),
  ]),
  of('network', 'the wall clock counts beside the monotonic one', { breaks: 1 }, [
    edit(fence, 'Math.max(wallMs, clock.monotonicMs() - since.monotonicMs)', 'clock.monotonicMs() - since.monotonicMs'),
  ]),
  of('network', 'a wall clock that ran backwards closes the fence', { breaks: 1 }, [
    edit(fence, 'wallMs < 0 ? Number.POSITIVE_INFINITY :', 'false ? 0 :'),
  ]),
  of('network', 'the fence closes before the lease ends', { breaks: 1 }, [
    edit('durable/numbers.ts', 'leaseMarginMs = 10_000', 'leaseMarginMs = 0'),
  ]),
  within(
    keptOut,
    of('network', "a dead worker's last calls have settled before its change goes on", { breaks: 1 }, [
      edit(leasedRow, 'savedAtMs + overtakenAfterMs - storageNowMs', 'savedAtMs + leaseMs - storageNowMs'),
      edit(take, 'row.settleUntilMs, savedAtMs + overtakenAfterMs', 'row.settleUntilMs, savedAtMs'),
    ]),
  ),
  within(
    keptOut,
    of('network', 'a save is refused where another came first', { breaks: 1 }, [
      edit(
        owned,
        'const answer = await place.save(next, etag, history)',
        'const answer = await place.save(next, (await place.load())?.etag ?? etag, history)',
      ),
    ]),
  ),
  of(
    'network',
    'a save without a reply counts only if the row shows it',
    { stays: 'who takes the row that stands for the own one goes on from that: test/rotation/durable holds it' },
    [
      edit(
        owned,
        'if (owner !== token) throw new LeaseLost();',
        "if (answer.kind !== 'unknown' && owner !== token) throw new LeaseLost();",
      ),
      edit(
        owned,
        'if (seq === triedSeq && kind === leaseAfter) {',
        "if (answer.kind === 'unknown' || (seq === triedSeq && kind === leaseAfter)) {",
      ),
    ],
  ),
  of('network', 'a call without a reply has settled before anything else is done', { breaks: 1 }, [
    edit(work, 'nowMs + settleMs)', 'nowMs + 1_000)'),
    edit(work, 'forMs: settleMs }', 'forMs: 1_000 }'),
  ]),
  of(
    'network',
    'while a call is in doubt whoever comes early waits',
    { breaks: 2 },
    [
      edit(work, "if (isInDoubt && !(looksInDoubt && inDoubt.kind === 'write')) return idle(settleUntilMs, {});", ''),
      edit(work, 'const fence = isInDoubt || endsWith !== null ?', 'const fence = endsWith !== null ?'),
    ],
    /never applied|early/,
  ),
  within(
    keptOut,
    of('network', 'what is refused is tried at most 300 times a day', { breaks: 1 }, [
      edit(
        work,
        'const restMs = retryPauseMs(forMs, longestRetryMs, retrying, calls, nowMs, Number.POSITIVE_INFINITY);',
        'const restMs = Math.min(forMs, longestRetryMs);',
      ),
    ]),
  ),
  within(
    keptOut,
    of('network', 'no retry waits longer than 15 minutes', { breaks: 1 }, [
      edit(
        work,
        'retryPauseMs(forMs, longestRetryMs, retrying',
        'retryPauseMs(forMs, Number.POSITIVE_INFINITY, retrying',
      ),
    ]),
  ),
  of('network', 'new rules that keep Keyturn out are put back', { breaks: 0 }, [
    edit(door, 'if (forMs > longestPublicAccessChangeMs) {', 'if (forMs < 0) {'),
  ]),
  of('network', 'what is put back is what was found', { breaks: 0 }, [
    edit(
      door,
      'await ports.networkWriter(fence).setRules(account, from);',
      "await ports.networkWriter(fence).setRules(account, { ...from, ipRules: [...to.ipRules, '192.0.2.1'], defaultAction: 'Deny' });",
    ),
  ]),
  within(
    keptOut,
    of('network', 'rules that somebody else has set are not replaced', { breaks: 1 }, [
      edit(door, "if (isTheirs) return end(state, change, 'rules-changed-meanwhile', nowMs);\n    if", 'if'),
      edit(door, "if (isTheirs) return end(state, change, 'rules-changed-meanwhile', nowMs);\n  await", 'await'),
    ]),
  ),
  of(
    'network',
    'whose rules they are is said when Azure has ended its work',
    { breaks: 2 },
    [edit(door, "if (isTheirs && isMoving) return wait(state, change, 'azure-working', proveAgainMs);", '')],
    /taken|close the public door|list an address/,
  ),
  of(
    'network',
    'public access closes only after the private way was proved',
    {
      stays:
        'the proof of the closed door finds it out and puts the rules back: it stays so that nobody is cut off for those five minutes',
    },
    [
      edit(
        'hardening/network/plan-network.ts',
        "mode === 'private' && publicAccess.length > 0 && !proved",
        "mode === 'private' && publicAccess.length > 99",
      ),
    ],
    /unlink the zone|delete the private endpoint/,
  ),
  of('keyless', 'no key is turned off without a proof of the token', { breaks: 1 }, [
    edit(keys, 'const doubt = doubtOfToken(await ports.tokenProbe.call(found));', 'const doubt: Doubt | null = null;'),
  ]),
  of('keyless', 'keys are turned on again when the token is not accepted', { breaks: 1 }, [
    edit(proof, 'if (isOver || leftMs < 0) return', 'if (leftMs < -9e15) return'),
  ]),
  within(
    lingering,
    of('keyless', 'keys count as off only when they are refused', { breaks: 0 }, [
      edit(proof, '? onAgain : key === null ? null :', '? onAgain : key !== null ? null :'),
    ]),
  ),
  of(
    'keyless',
    'only a key that the account had when keys went off proves that they are off',
    { breaks: 1 },
    [
      edit(
        proof,
        'key !== null && fingerprint(key, change.id) === change.storedKeySeen?.print',
        'key !== null && fingerprint(key, change.id) !== null',
      ),
    ],
    /regenerate the active key/,
  ),
  of(
    'keyless',
    'keys that were off before are not turned on by a revert',
    { breaks: 2 },
    [edit(proof, 'return change.hadKeys\n', 'return change.hadKeys !== null\n')],
    /turn keys off|role away/,
  ),
  within(
    lingering,
    of(
      'keyless',
      'the account is looked at again once the change of it is ours',
      { breaks: 2 },
      [
        edit(
          'app/hardening/change-keyless.ts',
          'found.localAuthDisabled !== facts.localAuthDisabled',
          'found.localAuthDisabled === null',
        ),
      ],
      /frozen|row is deleted|turn keys off/,
    ),
  ),
  of(
    'keyless',
    'keys that somebody turned on again are not proved to be off',
    { breaks: 2 },
    [
      edit(
        proof,
        'const ofKey = isOn ? onAgain : key === null',
        'const ofKey = isOn && !isOn ? onAgain : key === null',
      ),
    ],
    /turn keys on|regenerate the active key/,
  ),
  of('keyless', 'the mark comes off when keys are on', { breaks: 0 }, [
    edit(
      'app/hardening/change-keyless.ts',
      "if ((await unmarkKeyless(parts, target, vaultNowMs)) === 'busy') return 'busy';",
      'void unmarkKeyless;\n  void vaultNowMs;',
    ),
  ]),
  of(
    'keyless',
    'storing keys ends within the hour',
    { breaks: 2 },
    [
      edit(
        'app/hardening/change-keyless.ts',
        "if (isPassing && !isLast) return 'busy';",
        "if (isPassing) return 'busy';",
      ),
    ],
    /close the public door|regenerate the active key/,
  ),
  within(
    lingering,
    of('keyless', 'keys that somebody turns off again end it', { breaks: 1 }, [
      edit(
        keys,
        "if (change.at.kind === 're-adopting' && isOffAgain)",
        "if (change.at.kind === 'announcing' && isOffAgain)",
      ),
    ]),
  ),
  within(
    offBeside,
    of('keyless', 'keys are not turned off while a rotation is in flight', { breaks: 1 }, [
      edit(mark, 'owned.row.rotation === null && ', ''),
      edit(blockers, 'if (running !== null && !isStandingStill)', 'if (running !== null && isStandingStill)'),
    ]),
  ),
  within(
    offBeside,
    of('keyless', 'a start that comes in while the account is marked is met first', { breaks: 1 }, [
      edit(
        mark,
        "if ((await owned.saveIntent({ keyless })) === 'request-came-in') continue;",
        'await owned.saveResult({ keyless });',
      ),
    ]),
  ),
  within(
    offBeside,
    of('keyless', 'no rotation begins on an account that counts as keyless', { breaks: 1 }, [
      edit('rotation/requests/start-rotation.ts', "if (isKeyless(row, target)) return 'keyless';", ''),
    ]),
  ),
  within(
    onBeside,
    of('keyless', 'keys may be turned on while a rotation stands still for want of them', { breaks: 0 }, [
      edit(blockers, 'if (running !== null && !isStandingStill)', 'if (running !== null)'),
    ]),
  ),
  of('access', 'only what Keyturn made is removed', { breaks: 1 }, [
    edit(
      'hardening/access/access-work.ts',
      'if (held !== undefined && isMadeByKeyturn(held, description))',
      'if (held !== undefined)',
    ),
  ]),
  of(
    'access',
    'a plan is void when the row has changed since',
    {
      stays: 'no freeze between two reads of one service is offered: test/app/hardening/void-plan.test.ts holds it',
    },
    [
      edit(
        'app/hardening/run-hardening.ts',
        'if (state.change === null && entityTag(state) === entityTag(before)) return hold;',
        'if (state.change === null) return hold;',
      ),
    ],
  ),
];
