import { copyAblations } from './copy-ablations.ts';
import { hardeningAblations } from './hardening/hardening-ablations.ts';
import { type Ablation, deep, edit, row } from './load-engine.ts';

const leasedRow = 'durable/leased-row.ts';
const take = 'durable/take-lease.ts';
const owned = 'durable/owned-row.ts';
const session = 'rotation/run/session.ts';

/** Every rule of §2 to §6 that is a line of code. Only in the test build: the product has no switch for any of them. */
const ofRotations: readonly Ablation[] = [
  row(
    'lease: who finds it held stays away',
    { breaks: 2 },
    edit(take, 'if (forMs > 0) {', 'if (forMs > 0 && token === "") {'),
    edit(take, 'const before = stored !== null && isHeld ? overtaken(row, stored) : row;', 'const before = row;'),
  ),
  row(
    'fence: no write leaves when the lease is not surely ours',
    { breaks: 1 },
    edit(session, 'owned.fence() && isFresh()', 'isFresh()'),
  ),
  row(
    'fence: the wall clock counts beside the monotonic one',
    { breaks: 1 },
    edit(
      'durable/lease-fence.ts',
      'Math.max(wallMs, clock.monotonicMs() - since.monotonicMs)',
      'clock.monotonicMs() - since.monotonicMs',
    ),
  ),
  row(
    'fence: a wall clock that ran backwards closes it',
    { breaks: 1 },
    edit('durable/lease-fence.ts', 'wallMs < 0 ? Number.POSITIVE_INFINITY :', 'false ? 0 :'),
  ),
  row(
    'fence: a margin before the end of the lease',
    { breaks: 1 },
    edit('durable/numbers.ts', 'leaseMarginMs = 10_000', 'leaseMarginMs = 0'),
  ),
  row(
    'freshness: what a write rests on is younger than five seconds when it leaves',
    { breaks: 1 },
    edit(session, 'owned.fence() && isFresh()', 'owned.fence()'),
  ),
  deep(
    /applied (119|32) s|roll back|cancel|expedite|leaked/,
    'settle: after a lost reply no write before the first can no longer arrive',
    { breaks: 2 },
    edit(
      'rotation/run/work.ts',
      'return row.inDoubt !== null && session.owned.nowMs() < row.settleUntilMs;',
      'return false && row && session;',
    ),
  ),
  row(
    'settle: a lost reply is remembered',
    { breaks: 1 },
    edit(
      'rotation/run/after-failure.ts',
      'settleUntilMs: Math.max(settleUntilMs, nowMs + settleMs)',
      'settleUntilMs: Math.max(settleUntilMs, nowMs)',
    ),
  ),
  row(
    'look: "unchanged" is believed only after settling',
    { breaks: 1 },
    edit('rotation/states/steps/regenerate-key.ts', 'if (nowMs < context.settleUntilMs)', 'if (false)'),
  ),
  deep(
    /4.9 s old|applied (119|32) s|never applied/,
    'look: "unchanged" is believed only by two looks',
    {
      stays:
        'a stale answer is younger than the settling that comes before it: it stays for a listKeys older than Azure lets us hope',
    },
    edit('rotation/states/steps/regenerate-key.ts', 'if (first === null)', 'if (first === null && false)'),
    edit(
      'rotation/states/steps/regenerate-key.ts',
      'if (nowMs - first.atMs < staleBoundMs)',
      'if (first !== null && nowMs - first.atMs < 0)',
    ),
    edit('rotation/states/steps/regenerate-key.ts', 'staleBoundMs - (nowMs - first.atMs)', 'staleBoundMs'),
  ),
  row(
    'takeover: lease and settle pass before the first write',
    { breaks: 1 },
    edit(leasedRow, 'savedAtMs + overtakenAfterMs - storageNowMs', 'savedAtMs + leaseMs - storageNowMs'),
    edit(take, 'row.settleUntilMs, savedAtMs + overtakenAfterMs', 'row.settleUntilMs, savedAtMs'),
  ),
  deep(
    /process ends|frozen|no reply|message/,
    "takeover: a dead owner's lease is ended before its writes have settled",
    { stays: 'the fence of the owner closes by itself; ended, its next save is refused, a late one too' },
    edit(take, 'if (isLeaseAlive(row.lease, stored)) return', 'if (isHeld) return'),
  ),
  deep(
    /process ends|message|another worker/,
    'recovery: whoever takes a lease leaves a message that outlives it',
    { stays: 'the sweep wakes it some minutes later', isLate: true },
    edit(take, 'await woken?.comeBack(row.wakeSeq, overtakenAfterMs + comeBackLaterMs);', ''),
  ),
  deep(
    /process ends|message|another worker/,
    'recovery: a message that finds the lease held comes back',
    { stays: 'the sweep wakes it some minutes later', isLate: true },
    edit(take, 'await woken?.comeBack(wakeSeq, forMs + comeBackLaterMs);', ''),
  ),
  deep(
    /process ends|message|another worker/,
    "recovery: the settling counts from the dead owner's last save",
    { stays: 'it would count from when the owner is missed', isLate: true },
    edit(leasedRow, 'savedAtMs + overtakenAfterMs - storageNowMs', 'Math.max(1, savedAtMs + leaseMs - storageNowMs)'),
    edit(take, 'row.settleUntilMs, savedAtMs + overtakenAfterMs', 'row.settleUntilMs, storageNowMs + overtakenAfterMs'),
  ),
  deep(
    /process ends|message/,
    'recovery: the next message is sent before the lease is given back',
    { stays: 'the sweep wakes it some minutes later', isLate: true },
    edit(
      'durable/run-until-idle.ts',
      'if (untilMs !== null) await',
      'if (untilMs !== null && owned.row === row) await',
    ),
  ),
  row(
    '412: another token stops the worker',
    { breaks: 1 },
    edit(owned, 'if (owner !== token) throw new LeaseLost();', ''),
    edit(owned, "if (kind === 'released' || seq < savedSeq) throw new LeaseLost();", 'void owner;'),
  ),
  deep(
    /put back|frozen|no reply/,
    '412: an older save of ours is a copy that somebody put back',
    {
      stays:
        'every state begins with a look, which finds what was done since; no two moves were found that make it matter',
    },
    edit(owned, "if (kind === 'released' || seq < savedSeq) throw", "if (kind === 'released') throw"),
  ),
  row(
    'etag: a save is refused where another came first',
    { breaks: 1 },
    edit(
      owned,
      'const answer = await place.save(next, etag, history)',
      'const answer = await place.save(next, (await place.load())?.etag ?? etag, history)',
    ),
  ),
  row(
    'lastSeen: versions other than those last seen are young',
    { breaks: 1 },
    edit(
      'keys/gate.ts',
      'lastSeen === null || lastSeen.pointer !== activeSlot || !sameVersions(lastSeen.versions, versions)',
      'lastSeen === null',
    ),
  ),
  deep(
    /outside: (move|restore)/,
    'look: what it finds otherwise is no more what was last seen',
    { breaks: 2 },
    edit(
      'app/sweep/look-after-target.ts',
      'if (isOtherwise && !(await forgetSeen(ports, target))) return true;',
      'if (isOtherwise) void forgetSeen;',
    ),
  ),
  row(
    'gate: what consumers read has stood for the overlap',
    { breaks: 1 },
    edit('keys/gate.ts', 'if (wantedMs > 0 && forMs > 0)', 'if (forMs > 9e15)'),
  ),
  row(
    'gate: a leaked key ends at once only as its report said',
    { breaks: 1 },
    edit(
      'rotation/states/closed-gate.ts',
      'if (!asTold) return Math.max(settleMs, overlapMs);',
      'if (!asTold) return 0;',
    ),
  ),
  deep(
    /no reply, applied 32|put back as of the last rest|key2 leaked/,
    'gate: a leaked key that was just being made waits until calls have landed',
    { breaks: 3 },
    edit('rotation/states/closed-gate.ts', '? 0 : settleMs', '? 0 : 0'),
  ),
  deep(
    /leaked|roll back$/,
    'leak: no way back to it without a confirmation that names it',
    { breaks: 2 },
    edit(
      'rotation/requests/request-action.ts',
      'const kept = leaksKeptBy(action, row.rotation, row.leaks, confirm);',
      'const kept = leaksKeptBy(action, row.rotation, [], confirm);',
    ),
    edit(
      'rotation/requests/apply-operator-request.ts',
      "if (leaksKeptBy(action, rotation, row.leaks, request.confirm).length > 0) return 'key-leaked';",
      'void leaksKeptBy;',
    ),
  ),
  deep(
    /leaked|roll back$/,
    'leak: a rollback from before the report is not taken',
    { breaks: 2 },
    edit(
      'rotation/requests/apply-operator-request.ts',
      "if (leaksKeptBy(action, rotation, row.leaks, request.confirm).length > 0) return 'key-leaked';",
      'void leaksKeptBy;',
    ),
    edit(
      'rotation/states/rolling-back.ts',
      'state.sent === null && leak.slot === oldSlotOf(state) &&',
      'state.sent === null && leak.slot === state.newSlot &&',
    ),
  ),
  row(
    'leak: it stands until two looks agree that it is gone',
    { breaks: 1 },
    edit(
      'rotation/leak/leaked-keys.ts',
      'if (leak.goneSinceMs === null) return [{ ...looked, goneSinceMs: answeredAtMs }];',
      '',
    ),
    edit(
      'rotation/leak/leaked-keys.ts',
      'if (askedAtMs - leak.goneSinceMs < leakLooksApartMs)',
      'if (leak.goneSinceMs !== null && leakLooksApartMs < 0)',
    ),
  ),
  row(
    'leak: its two looks are further apart than an answer can be stale',
    { breaks: 1 },
    edit(
      'rotation/leak/leaked-keys.ts',
      'if (askedAtMs - leak.goneSinceMs < leakLooksApartMs) return [leak];',
      'void askedAtMs;',
    ),
    edit('rotation/leak/leaked-keys.ts', 'return leak.goneSinceMs + leakLooksApartMs;', 'return leak.goneSinceMs;'),
  ),
  deep(
    /leaked/,
    'leak: of two leaked keys the one that consumers would be led to is replaced first',
    { breaks: 2 },
    edit(
      'rotation/leak/start-leak-rotation.ts',
      'return other === null || other.goneSinceMs !== null ? null : other;',
      'return other === null ? other : null;',
    ),
    edit(
      'rotation/states/leak.ts',
      'if (!isUntouched || hasNewKey(state) || first === null || leak.slot !== state.newSlot) return null;',
      'if (isUntouched || !isUntouched || first === null || hasNewKey(state)) return null;',
    ),
  ),
  deep(
    /frozen before it for 75 s|leaked/,
    'leak: nobody is led to a new key that leaked while its pointer write was in doubt',
    { breaks: 2 },
    edit('rotation/run/work.ts', 'if (instead !== null) return instead;', 'void instead;'),
  ),
  deep(
    /leaked/,
    'leak: a second report that comes while the first is met is not lost',
    { stays: 'not met with two moves, and two reports and their save between two saves of a worker are more' },
    edit(
      'rotation/run/work.ts',
      "else if ((await owned.saveIntent(change)) === 'request-came-in') return null;",
      'else await owned.saveResult(change);',
    ),
  ),
  deep(
    /leaked|the row is/,
    'leak: it is noted beside the row, too',
    { breaks: 2 },
    edit(
      'rotation/adoption/reset-age.ts',
      'const leaks = await readLeakNotes(ports, target.account);',
      'const leaks = ports === null ? await readLeakNotes(ports, target.account) : null;',
    ),
    edit(
      'rotation/adoption/adopt-under-lease.ts',
      'const leaks = (await readLeakNotes(ports, target.account)) ?? [];',
      'const leaks = ports === null ? ((await readLeakNotes(ports, target.account)) ?? []) : [];',
    ),
  ),
  deep(
    /leaked|delete the (active secret|pointer)|adopt/,
    'leak: an adoption leads nobody to it without a confirmation that names it',
    {
      stays:
        'a report begins a rotation at once, for whose end an adoption waits: not met with two moves; test/targets/adopt-plan.test.ts holds it',
    },
    edit('targets/adopt-plan.ts', 'if (isLed && leaked.includes(activeSlot))', 'if (isLed && leaked.length > 9)'),
  ),
  deep(
    /^$/,
    'leak: keys are turned on again only with a confirmation that names it',
    { stays: 'no change of hardening is explored; test/hardening/keyless/plan-keyless.test.ts holds it' },
    edit('hardening/keyless/plan-keyless.ts', 'leaked.map((slot) => ({', '[].map((slot) => ({'),
  ),
  deep(
    /throttled/,
    'throttled for days: no retry waits longer than 15 minutes',
    { breaks: 1 },
    edit(
      'rotation/run/pace-retry.ts',
      'longestRetryOfLeakMs : longestRetryMs',
      'longestRetryOfLeakMs : Number.POSITIVE_INFINITY',
    ),
  ),
  deep(
    /throttled|leaked/,
    'throttled for days: while a leaked key lives a retry comes within a minute',
    { breaks: 2 },
    edit(
      'rotation/run/pace-retry.ts',
      'leakedKeyLives ? longestRetryOfLeakMs : longestRetryMs',
      'leakedKeyLives ? longestRetryMs : Math.max(longestRetryMs, longestRetryOfLeakMs)',
    ),
  ),
  deep(
    /asks: adopt|the row is deleted|outside/,
    'adoption: the row under which something was sent is not removed',
    {
      stays:
        'a new row sends something only where no secret stands, or another instance has the pointer: not met with two moves',
    },
    edit('rotation/adoption/adopt-under-lease.ts', 'if (isRefused && !maySend) {', 'if (isRefused) {'),
    edit('rotation/adoption/adopt-under-lease.ts', 'if (isNew && !maySend) {', 'if (isNew) {'),
  ),
  deep(
    /throttled/,
    'throttled for days: one caller tries early, the others wait for its answer',
    {
      stays:
        'of one account one worker calls at a time, and what is asked too early costs a call; test/rotation/schedule holds it',
    },
    edit('rotation/schedule/shared-rate-limit.ts', 'if (isEarly) await shareLimit(account, found.untilMs);', ''),
  ),
  deep(
    /delete the inactive secret|take the target over/,
    'retry: a refused write is tried only on a target that is still ours',
    { breaks: 2 },
    edit('rotation/run/recheck.ts', '|| namesAnotherInstance(pointer.tags, instance)', ''),
  ),
  deep(
    /^$/,
    'retry: whose the target is was read within five seconds of that write',
    {
      stays:
        'who takes a target over within ten seconds of a write is excused, and a freeze of longer ends with the lease; test/rotation/run/recheck.test.ts holds it',
    },
    edit('rotation/run/recheck.ts', 'session.readSecret(names.pointer)', 'secrets.read(names.pointer)'),
    edit('rotation/run/recheck.ts', 'session.readSecret(names.endpoint)', 'secrets.read(names.endpoint)'),
  ),
  row(
    'leak: the end of a rotation does not take it out of the row',
    { breaks: 1 },
    edit(
      'rotation/run/work.ts',
      'rotation: null, lastEnd: end, inDoubt: null };',
      'rotation: null, lastEnd: end, inDoubt: null, leaks: [] };',
    ),
  ),
  deep(
    /75 s \(clocks: run\)|reply, never applied|outside: move the pointer$/,
    'overlap: counted from the latest of the reads that show the switch',
    { breaks: 3 },
    edit('keys/vault-snapshot.ts', 'seenByMs: Math.max(...answeredMs)', 'seenByMs: Math.min(...answeredMs)'),
  ),
  row(
    'gate: the direct value agrees with the active secret',
    { breaks: 1 },
    edit('keys/gate.ts', 'direct !== null && direct.fingerprint !== active.fingerprint', 'direct !== null && false'),
    edit('keys/gate.ts', 'one.direct === other.direct', '(true || one.direct === other.direct)'),
  ),
  row(
    'gate: vault and account agree on both keys',
    { breaks: 1 },
    edit(
      'keys/gate.ts',
      'arm !== null && (key1.fingerprint !== arm.keys.key1 || key2.fingerprint !== arm.keys.key2)',
      'false',
    ),
  ),
  deep(
    /process ends|outside|frozen/,
    'gate: asked again right before the regenerate, also on resume',
    { breaks: 2 },
    edit(
      'rotation/states/regenerating.ts',
      "if (open.kind !== 'open') return closedGate(preparing, open, context);",
      '',
    ),
    edit('rotation/states/regenerating.ts', 'if (!asWrittenDown) return', 'if (false && asWrittenDown) return'),
    edit('rotation/states/regenerating.ts', 'open.inactiveSlot === state.newSlot &&', ''),
    edit(
      'rotation/states/regenerating.ts',
      'sameVersions(open.versions, state.versionsBefore) &&',
      'sameVersions !== undefined &&',
    ),
  ),
  row(
    'lifecycle: a rotation ends only as its state lists it',
    { breaks: 1 },
    edit('rotation/states/cancelling.ts', "outcome: 'cancelled'", "outcome: 'replaced'"),
  ),
  row(
    'lifecycle: a rotation goes on only to states that follow',
    { breaks: 0 },
    edit(
      'rotation/states/publishing.ts',
      "kind: 'probing',\n      ...enterCommon(state, 'probing', nowMs),",
      "kind: 'switching',\n      ...{ ...enterCommon(state, 'switching', nowMs), sent: null, firstLook: null },",
    ),
  ),
  row(
    'intent: saved before the regenerate',
    { breaks: 0 },
    edit(
      'rotation/states/steps/regenerate-key.ts',
      'const ready = await intend(sent);',
      'const ready = await intend(null);',
    ),
  ),
  row(
    'intent: a saved one is looked after, not repeated',
    { breaks: 1 },
    edit(
      'rotation/states/regenerating.ts',
      "if (sent !== null) return { kind: 'look', arm: await readArm(session, salt) };",
      '',
    ),
  ),
  deep(
    /no reply|outside: (regenerate|recreate)|4.9 s old/,
    'look: the other key of an answer is compared, too',
    { stays: 'the switch compares both keys again; seen here, no time is lost and nothing more is written' },
    edit('keys/key-fingerprints.ts', 'if (now[other] !== before[other])', 'if (false && now[other] !== before[other])'),
  ),
  deep(
    /outside: regenerate|frozen|no reply/,
    "currency: the new key is still the account's before the switch",
    { breaks: 2 },
    edit(
      'rotation/states/switching.ts',
      'fingerprintsBefore[newSlot], keys,',
      'fingerprintsBefore[newSlot], { ...keys, [newSlot]: newFingerprint },',
    ),
  ),
  deep(
    /outside: regenerate|frozen|no reply/,
    "currency: the old key is still the account's before the switch",
    {
      stays:
        'a person has killed the key that consumers have; going on would even help them, but somebody else is at work',
    },
    edit('rotation/states/switching.ts', 'if (keys[oldSlot] !== fingerprintsBefore[oldSlot])', 'if (false)'),
  ),
  row(
    'switch: the secret that is pointed at still holds the proved key',
    { breaks: 1 },
    edit(
      'rotation/states/switching.ts',
      "secret.kind !== 'stored' || secret.fingerprint !== newFingerprint",
      "secret.kind !== 'stored'",
    ),
  ),
  row(
    'proof: a new key is accepted before anybody is pointed at it',
    { breaks: 0 },
    edit('rotation/states/probing.ts', "policy.probe === 'control-plane-only' ||", 'true ||'),
  ),
  row(
    'read back: nobody is pointed at a key of which only its own store has said that it stands',
    { breaks: 1 },
    edit('rotation/states/switching.ts', 'sent === null ? session.readVaultOf : session.vaultOf', 'session.vaultOf'),
  ),
  deep(
    /outside: (move|restore|take)/,
    "read back: where consumers are pointed is read again after each write that is not the pointer's own",
    { stays: 'the next gate finds another pointer than was last seen, and waits; here a person hears of it at once' },
    edit(
      session,
      'stored.delete(secret.name);\n      stored.delete(secretNames(target).pointer);',
      'stored.delete(secret.name);',
    ),
  ),
  row(
    'versions: the same ones before retiring, a renewed one restarts the overlap',
    { breaks: 1 },
    edit('rotation/states/overlap.ts', "same ? { kind: 'same' }", "same || true ? { kind: 'same' }"),
  ),
  row(
    'versions: a wrong value before retiring suspends',
    { breaks: 1 },
    edit('rotation/states/overlap.ts', "if (pointer.slot !== newSlot) return wrong('pointer-moved');", ''),
    edit(
      'rotation/states/overlap.ts',
      "if (key.fingerprint !== state.newFingerprint) return wrong('secret-changed');",
      '',
    ),
    edit(
      'rotation/states/overlap.ts',
      "if (direct !== null && (direct.kind !== 'stored' || direct.fingerprint !== state.newFingerprint))",
      "if (direct !== null && direct.kind !== 'stored')",
    ),
    edit('rotation/states/overlap.ts', "same ? { kind: 'same' }", "same || true ? { kind: 'same' }"),
  ),
  deep(
    /outside: (move|restore|disable|enable|delete|recover|store)|asks: resume/,
    'versions: a rotation resumed after consumers read otherwise restarts the overlap',
    { breaks: 2 },
    edit('rotation/states/overlap.ts', 'if (!readOtherwise.has(reason)) return again;', 'return again;'),
  ),
  deep(
    /outside: (restore|move)/,
    'gate: what a suspension saw is young when the rotation goes on',
    { breaks: 2 },
    edit(
      'rotation/requests/apply-operator-request.ts',
      "if (rotation?.kind !== 'suspended' || !readOtherwise.has(rotation.reason) || lastSeen === null) return {};",
      'return {};',
    ),
  ),
  row(
    'overlap: it is waited for',
    { breaks: 0 },
    edit('rotation/states/switching.ts', '+ state.overlap.ms - vault.vaultNowMs', '- vault.vaultNowMs'),
    edit('rotation/states/overlapping.ts', 'if (restMs > 0)', 'if (false)'),
  ),
  row(
    'proof: the active key works right before the point of no return',
    { breaks: 0 },
    edit(
      'rotation/states/retiring.ts',
      'proveStored(session, newSlot, lastProof)',
      "lastProof && ({ kind: 'accepted' } as const)",
    ),
    edit(
      'rotation/states/overlapping.ts',
      'const proof = await proveStored(session, newSlot);',
      "const proof = { kind: 'accepted' } as const;",
    ),
  ),
  deep(
    /outside: (regenerate|recreate)|4.9 s old|asks: (expedite|roll)/,
    'look: both keys are as expected before the point of no return',
    {
      stays:
        'who killed the active key has broken consumers already; the rule keeps the other key, which may be all that works',
    },
    edit('rotation/states/overlapping.ts', 'if (!bothKeysAsExpected(state, arm.keys)) return', 'if (false) return'),
    edit(
      'rotation/states/retiring.ts',
      'if (!bothKeysAsExpected(state, facts.keys)) return',
      'if (false && bothKeysAsExpected(state, facts.keys)) return',
    ),
  ),
  deep(
    /expedite|applied (119|32) s|leaked/,
    'settle: nothing is in doubt before retiring',
    {
      stays:
        'with an overlap expedited to nothing as well: what may still arrive then repeats what stands; it keeps the end of a rotation free of it',
    },
    edit('rotation/states/retiring.ts', 'if (nowMs < context.settleUntilMs)', 'if (false)'),
    edit('rotation/states/overlapping.ts', 'if (nowMs < context.settleUntilMs)', 'if (false)'),
  ),
  deep(
    /roll back|applied (119|32) s/,
    'settle: nothing is in doubt at the end of a rollback',
    {
      stays:
        'a late write of a rollback repeats what it led to, and writes of before have settled when the overlap begins',
    },
    edit('rotation/states/rolling-back.ts', 'if (nowMs < context.settleUntilMs)', 'if (false)'),
    edit(
      'rotation/run/work.ts',
      'return row.inDoubt !== null && session.owned.nowMs() < row.settleUntilMs;',
      "return row.rotation?.kind !== 'rolling-back' && row.inDoubt !== null && session.owned.nowMs() < row.settleUntilMs;",
    ),
  ),
  deep(
    /roll back|outside: regenerate/,
    'rollback: the old key lives',
    { breaks: 2 },
    edit(
      'rotation/states/rolling-back.ts',
      'bothKeysAsExpected(state, keys) &&',
      'bothKeysAsExpected !== undefined && keys !== undefined &&',
    ),
  ),
  deep(
    /outside: (restore|recover|delete|store)|roll back|cancel/,
    'disable: never the latest version, never one that holds a current key',
    { breaks: 1 },
    edit(
      'rotation/states/confirming.ts',
      "if (now?.kind === 'stored' && now.version === one.version) continue;",
      'void now;',
    ),
    edit(
      'rotation/states/confirming.ts',
      'isYoung || current.has(print)',
      'isYoung || (current.size < 0 && current.has(print))',
    ),
  ),
  deep(
    /roll back|cancel|expedite|leaked|start/,
    'disable: never one younger than the overlap',
    { stays: 'leftovers of a rollback are disabled at the end of a later rotation, whose gate waited for an overlap' },
    edit('rotation/states/confirming.ts', 'vaultNowMs - secret.createdAtMs < overlap.ms', 'vaultNowMs < 0'),
  ),
  row(
    'instance: a pointer that another instance has taken is left alone',
    { breaks: 1 },
    edit(
      'keys/ownership-tags.ts',
      'return owner !== undefined && owner !== instance;',
      'return owner === undefined && owner !== undefined && instance === "";',
    ),
  ),
  deep(
    /recreate|no reply|process ends/,
    'account: one that was recreated is left alone',
    { stays: 'its keys differ, too, which the looks see' },
    edit('keys/gate.ts', 'arm.account.internalId !== rules.internalId', 'false'),
    edit('rotation/states/overlapping.ts', 'arm.account.internalId !== context.internalId', 'false'),
    edit('rotation/states/steps/regenerate-key.ts', 'account.internalId !== context.internalId', 'false'),
  ),
  deep(
    /message|another worker|frozen/,
    'wakeSeq: a message of another number is dropped',
    { stays: 'every state begins with a look: a stale message costs calls, no key' },
    edit(take, "if (isStale) return { kind: 'stale-message' };", 'void isStale;'),
  ),
  deep(
    /direct|applied (119|32) s|process ends|roll back/,
    'order: direct value first, pointer last',
    {
      stays:
        'each write is proved and waited for alone; the order keeps the later one, from which the overlap counts, the pointer',
    },
    edit(
      'rotation/states/switching.ts',
      'if (direct !== null) {',
      'if (direct !== null && pointer.slot === newSlot) {',
    ),
  ),
  deep(
    /delete the inactive secret|the row is deleted|outside: move the pointer$/,
    'adoption: consumers are led away from a deleted secret before it comes back',
    { breaks: 3 },
    edit('targets/adopt-plan.ts', 'pointed !== null && deleted[pointed] !== undefined', 'pointed !== pointed'),
  ),
  deep(
    /outside: restore the pointer|asks: adopt|frozen before it for 7 s \(clocks: run\)/,
    'adoption: what it writes rests on what was read within five seconds',
    { breaks: 3 },
    edit('rotation/adoption/adopt-under-lease.ts', ' && since !== null && elapsedMs(clock, since) < freshMs', ''),
  ),
];

const stragglers = 'rotation/readers/stragglers.ts';

const ofStragglers: readonly Ablation[] = [
  row(
    'stragglers: a leaked key is kept for nobody',
    { breaks: 1 },
    edit(
      stragglers,
      'if (leak !== null || leaks.length > 0) return false;',
      'if (leak !== null && leaks.length > 99) return false;',
    ),
  ),
  row(
    'stragglers: the old key is kept no longer than the target says',
    { breaks: 0 },
    edit(stragglers, 'if (nowMs >= untilMs)', 'if (nowMs >= untilMs * 2)'),
    edit(stragglers, 'Math.min(untilMs, lookAtMs) - nowMs', 'lookAtMs - nowMs'),
  ),
].map((rule) => ({ ...rule, layout: 'stragglers' }));

export const ablations: readonly Ablation[] = [
  ...ofRotations,
  ...copyAblations,
  ...ofStragglers,
  ...hardeningAblations,
];
