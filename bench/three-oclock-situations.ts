/** The situations of "At three in the morning": how a target gets into each, and its steps in the dashboard and with curl. */
import type { Page } from 'playwright-core';
import * as z from 'zod';
import { demoTarget } from '../local/demo/demo-target.ts';
import { largeFleet } from '../test/built-app/large-fleet.ts';
import { type BuiltApp, until } from '../test/built-app/start-built-app.ts';
import { breakerOpens, currentKey, locked, regenerateInPortal, suspended } from '../test/built-app/three-oclock.ts';
import { dialogOf, nothing, press } from '../test/dashboard/browser/acting.ts';
import type { people } from '../test/dashboard/browser/in-browser.ts';

/** One request of the admin API with curl. Answers the body. @throws Error if it is refused */
export type Ask = (method: string, path: string, body?: object) => Promise<unknown>;

export interface Situation {
  /** As the pages name it. */
  readonly happened: string;
  /** The operation that its last step asks for. */
  readonly change: string;
  /** Brings the target into it. */
  begin(): Promise<void>;
  /** What a person mends outside Keyturn before the last step. */
  mend?(): void;
  readonly dashboard: {
    readonly person: keyof typeof people;
    readonly path: string;
    /** What is typed; a key is pasted. */
    readonly typed: string;
    steps(page: Page): Promise<void>;
  };
  /** @param follow once the change is taken: the request that a person repeats until the rotation ends */
  curl(ask: Ask, follow: (path: string) => void): Promise<void>;
  /** What is piped into the command line, if it reads something. */
  stdin?(): string;
  /** Brings the target back to rest. */
  end(): Promise<void>;
}

const account = 'openai-secure-demo';
/** The target of the commands on the page, with an overlap in which there is time to act. */
const web = {
  ...demoTarget,
  name: 'web',
  accountId: demoTarget.accountId.replace('ai-secure-demo', account),
  prefix: 'web',
  newKeyProof: { acceptances: 3, spread: '1s' },
  longestRequest: '1s',
  overlap: '5m',
};
/** As many as open the circuit breaker by default, with `web`. */
const { others } = largeFleet(6, web.accountId);

/** What the built app is started with. */
export const targets: readonly object[] = [web, ...others];

const reasons = {
  hold: 'release night',
  leak: 'in a log',
  pause: 'region failover',
  reset: 'looked into',
} as const;

const shape = z.object({
  activeSlot: z.enum(['key1', 'key2']).nullable(),
  rotation: z.object({ id: z.string(), state: z.string() }).nullable(),
});
const heldShape = z.object({ held: z.unknown() });
const idShape = z.object({ rotation: z.object({ id: z.string() }) });

/** @returns the situations in the order in which they are measured: what the circuit breaker needs comes last */
export function situationsOf(app: BuiltApp): readonly Situation[] {
  const read = async () => shape.parse((await app.ask('GET', 'targets/web')).body);
  const done = async (method: string, path: string, body?: object) => {
    const { status, body: answer } = await app.ask(method, path, body === undefined ? {} : { body });
    if (status >= 300) throw new TypeError(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
  };
  const atRest = () => app.hurried(() => until(read, ({ rotation }) => rotation === null));
  const overlapping = async () => {
    if ((await read()).rotation?.state === 'overlapping') return;
    await done('POST', 'targets/web/rotations', { inactiveKeyUnused: true });
    // What comes before lasts longest; an overlap could pass in a hurry.
    await app.hurried(() => until(read, ({ rotation }) => rotation !== null && rotation.state !== 'preparing'));
    await until(read, ({ rotation }) => rotation?.state === 'overlapping');
  };
  let unlock = () => {};
  const suspendedByLock = async () => {
    unlock = locked(app, web.accountId);
    await suspended(app, 'web');
  };
  const rotationPath = async (ask: Ask) =>
    `targets/web/rotations/${idShape.parse(await ask('GET', 'targets/web')).rotation.id}`;

  return [
    {
      happened: 'the old key is needed for longer',
      change: 'hold-rotation',
      begin: overlapping,
      dashboard: {
        ...{ person: 'operator', path: '/targets/web', typed: reasons.hold },
        steps: (page) => press(page, 'Hold', 'Hold', (dialog) => dialog.getByLabel('Reason').fill(reasons.hold)),
      },
      async curl(ask) {
        await ask('POST', `${await rotationPath(ask)}/hold`, { reason: reasons.hold });
      },
      async end() {
        // What was asked is carried out by the rotation's next step.
        const path = `targets/web/rotations/${(await read()).rotation?.id}`;
        const isHeld = async () => heldShape.parse((await app.ask('GET', path)).body).held !== null;
        await until(isHeld, (held) => held);
        await done('POST', `${path}/release-hold`);
        await until(isHeld, (held) => !held);
      },
    },
    {
      happened: 'consumers fail since the switch',
      change: 'roll-back-rotation',
      begin: overlapping,
      dashboard: {
        ...{ person: 'operator', path: '/targets/web', typed: '' },
        steps: (page) => press(page, 'Roll back', 'Roll back', nothing),
      },
      async curl(ask, follow) {
        const path = await rotationPath(ask);
        await ask('POST', `${path}/rollback`);
        follow(path);
      },
      end: atRest,
    },
    {
      happened: 'a rotation is suspended',
      change: 'resume-rotation',
      begin: suspendedByLock,
      mend: () => unlock(),
      dashboard: {
        ...{ person: 'operator', path: '/', typed: '' },
        async steps(page) {
          await pressOnRow(page, 'Resume', () => unlock());
        },
      },
      async curl(ask, follow) {
        await ask('GET', 'targets/web/diagnosis');
        unlock();
        const path = await rotationPath(ask);
        await ask('POST', `${path}/resume`);
        follow(path);
      },
      end: atRest,
    },
    {
      happened: 'a key was found in a log',
      change: 'report-leak',
      begin: nothing,
      stdin: () => currentKey(app, account, 'key1'),
      dashboard: {
        ...{ person: 'admin', path: '/leak', typed: 'web' },
        async steps(page) {
          await page.getByLabel('The key', { exact: true }).fill(currentKey(app, account, 'key1'));
          await page.getByRole('button', { name: 'Whose is it?' }).click();
          await press(page, 'Replace key1 of web…', 'Replace the leaked key', (dialog) =>
            dialog.getByLabel(/Type web/).fill('web'),
          );
        },
      },
      async curl(ask, follow) {
        await ask('POST', 'leaks/identify', { key: currentKey(app, account, 'key1') });
        const body = { slot: 'key1', reason: reasons.leak };
        await ask('POST', 'targets/web/leak', { ...body, dryRun: true });
        const { rotation } = idShape.parse(await ask('POST', 'targets/web/leak', body));
        follow(`targets/web/rotations/${rotation.id}`);
      },
      end: atRest,
    },
    {
      happened: 'somebody regenerated a key in the portal',
      change: 'repair-target',
      async begin() {
        regenerateInPortal(app, account, (await read()).activeSlot ?? 'key1');
        await app.fire('sweep');
      },
      dashboard: {
        ...{ person: 'operator', path: '/', typed: '' },
        steps: (page) => pressOnRow(page, 'Repair'),
      },
      async curl(ask) {
        await ask('POST', 'targets/web/repair');
      },
      end: nothing,
    },
    {
      happened: 'nothing may change now',
      change: 'set-pause',
      begin: nothing,
      dashboard: {
        ...{ person: 'admin', path: '/fleet', typed: reasons.pause },
        steps: (page) =>
          press(page, 'Pause everything…', 'Pause', (dialog) => dialog.getByLabel('Reason').fill(reasons.pause)),
      },
      async curl(ask) {
        await ask('PUT', 'pause', { paused: true, reason: reasons.pause });
      },
      end: () => done('PUT', 'pause', { paused: false }),
    },
    {
      happened: 'the schedule stands still',
      change: 'reset-fleet',
      async begin() {
        await suspendedByLock();
        await breakerOpens(app, { first: web, others });
        const { body } = await app.ask('GET', 'fleet');
        if (JSON.stringify(body).includes('"circuitBreaker":"closed"'))
          throw new TypeError('six suspended rotations have not opened the circuit breaker');
      },
      dashboard: {
        ...{ person: 'admin', path: '/', typed: reasons.reset },
        steps: (page) =>
          press(page, 'Close the circuit breaker', 'Reset', (dialog) =>
            dialog.getByLabel('Reason').fill(reasons.reset),
          ),
      },
      async curl(ask) {
        await ask('GET', 'fleet');
        await ask('POST', 'fleet/reset', { reason: reasons.reset });
      },
      async end() {
        unlock();
        const { rotation } = await read();
        await done('POST', `targets/web/rotations/${rotation?.id}/resume`);
        await atRest();
      },
    },
  ];
}

/** A button of the target's row under Needs a person, and the same below what it does. */
async function pressOnRow(page: Page, button: string, mend = () => {}): Promise<void> {
  const row = page.locator('.concern', { hasText: 'web' });
  await row.getByRole('button', { name: button }).click();
  mend();
  const dialog = dialogOf(page);
  await dialog.getByRole('button', { name: button, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}
