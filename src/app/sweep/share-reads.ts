import type { Clock } from '../../shared/clock.ts';
import type { App } from '../contract.ts';

/** How old an answer may be that a read through Azure gets: long for a script in a loop, short for a person. */
const readAgeMs = 10_000;

/**
 * The same app, whose reads that ask Azure are asked once for everybody who asks the same within ten seconds: anybody who may
 * only read must not spend the requests that rotations need. What is no answer on the target is kept for nobody, and what
 * this worker changes at a target makes it read that target again.
 */
export function shareReads(app: App, clock: Pick<Clock, 'monotonicMs'>): App {
  const diagnoses = keptAnswers<Awaited<ReturnType<App['diagnose']>>>(clock);
  const access = keptAnswers<Awaited<ReturnType<App['readAccess']>>>(clock);
  const keyless = keptAnswers<Awaited<ReturnType<App['readKeyless']>>>(clock);
  const networks = keptAnswers<Awaited<ReturnType<App['readNetwork']>>>(clock);
  const networkChanges = keptAnswers<Awaited<ReturnType<App['readNetworkChange']>>>(clock);
  const all = [diagnoses, access, keyless, networks, networkChanges];

  const forget = (target: string) => {
    for (const one of all) one.forget(target);
  };
  const changing = async <A>(target: string, change: () => Promise<A>): Promise<A> => {
    forget(target);
    try {
      return await change();
    } finally {
      // What was read while it changed may be of before.
      forget(target);
    }
  };

  return {
    ...app,
    // What these answer costs requests to Azure; whatever else is read stands in the journal.
    diagnose: (name) => diagnoses.of(name, '', () => app.diagnose(name)),
    readAccess: (name) => access.of(name, '', () => app.readAccess(name)),
    readKeyless: (name) => keyless.of(name, '', () => app.readKeyless(name)),
    readNetwork: (name) => networks.of(name, '', () => app.readNetwork(name)),
    readNetworkChange: (name, id) => networkChanges.of(name, id, () => app.readNetworkChange(name, id)),
    adoptMany: async (request, by) => {
      const answer = await app.adoptMany(request, by);
      const isChange = answer.kind === 'done' && !request.dryRun;
      for (const { target } of isChange ? answer.adoptions.targets : []) forget(target);
      return answer;
    },
    adopt: (name, ...asked) => changing(name, () => app.adopt(name, ...asked)),
    repair: (name, ...asked) => changing(name, () => app.repair(name, ...asked)),
    offboard: (name, ...asked) => changing(name, () => app.offboard(name, ...asked)),
    startRotation: (name, ...asked) => changing(name, () => app.startRotation(name, ...asked)),
    rollBack: (name, ...asked) => changing(name, () => app.rollBack(name, ...asked)),
    resume: (name, ...asked) => changing(name, () => app.resume(name, ...asked)),
    cancel: (name, ...asked) => changing(name, () => app.cancel(name, ...asked)),
    hold: (name, ...asked) => changing(name, () => app.hold(name, ...asked)),
    releaseHold: (name, ...asked) => changing(name, () => app.releaseHold(name, ...asked)),
    expedite: (name, ...asked) => changing(name, () => app.expedite(name, ...asked)),
    leak: (name, ...asked) => changing(name, () => app.leak(name, ...asked)),
    changeAccess: (name, ...asked) => changing(name, () => app.changeAccess(name, ...asked)),
    verifyKeyless: (name) => changing(name, () => app.verifyKeyless(name)),
    changeKeyless: (name, ...asked) => changing(name, () => app.changeKeyless(name, ...asked)),
    putNetwork: (name, ...asked) => changing(name, () => app.putNetwork(name, ...asked)),
    advance: (wakeUp) => changing(wakeUp.target, () => app.advance(wakeUp)),
  };
}

/** Answers of one read, by target and by what else was asked. */
function keptAnswers<A extends { readonly kind: string }>(clock: Pick<Clock, 'monotonicMs'>) {
  const kept = new Map<string, { readonly target: string; readonly answer: Promise<A>; readonly atMs: number }>();
  return {
    of(target: string, more: string, ask: () => Promise<A>): Promise<A> {
      const nowMs = clock.monotonicMs();
      for (const [key, { atMs }] of kept) if (nowMs - atMs >= readAgeMs) kept.delete(key);
      const key = `${target} ${more}`;
      const found = kept.get(key);
      if (found !== undefined) return found.answer;
      const one = { target, answer: ask(), atMs: nowMs };
      kept.set(key, one);
      const drop = () => {
        if (kept.get(key) === one) kept.delete(key);
      };
      one.answer.then(({ kind }) => {
        if (kind !== 'found' && kind !== 'diagnosed') drop();
      }, drop);
      return one.answer;
    },
    forget(target: string): void {
      for (const [key, one] of kept) if (one.target === target) kept.delete(key);
    },
  };
}
