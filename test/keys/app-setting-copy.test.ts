import { describe, expect, it } from 'vitest';
import { appSettingCopy } from '../../src/keys/copies/app-setting-copy.ts';
import type { WebApps } from '../../src/keys/ports.ts';
import { FailureError, notApplied } from '../../src/shared/failure.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { buildSettingCopy } from '../memory-world/target-builder.ts';

async function unasked(): Promise<never> {
  throw new TypeError('no business of a setting');
}

const key = new SecretText('new-key-of-contoso');

/** An app with some settings, whose every change others can come between. */
function open(
  {
    settings = { AI_KEY: 'old', THEME: 'dark' },
    sticky = ['AI_KEY'],
    slots = [],
    actions = ['Microsoft.Web/sites/*'],
    before = {},
  }: {
    settings?: Record<string, string>;
    sticky?: readonly string[];
    slots?: readonly string[];
    actions?: readonly string[];
    /** What others do right before the n-th call of a method. */
    before?: Partial<
      Record<keyof WebApps, (app: { settings: Record<string, string> | null; changes: number }) => void>
    >;
  },
  declaredSlots: readonly (string | null)[] = [null],
) {
  const app = { settings: settings as Record<string, string> | null, changes: 1 };
  const calls: string[] = [];
  const named: string[][] = [];
  const meet = (method: keyof WebApps) => {
    calls.push(method);
    before[method]?.(app);
  };
  const webApps: WebApps = {
    async changedAt() {
      meet('changedAt');
      return app.settings === null ? null : `change ${app.changes}`;
    },
    async settings() {
      meet('settings');
      if (app.settings === null) return null;
      return new Map(Object.entries(app.settings).map(([name, value]) => [name, new SecretText(value)]));
    },
    async replaceSettings(_, replaced) {
      meet('replaceSettings');
      app.settings = Object.fromEntries([...replaced].map(([name, value]) => [name, value.reveal()]));
      app.changes += 1;
    },
    reference: unasked,
    refreshReferences: unasked,
    restart: unasked,
    tags: unasked,
    setTag: unasked,
    async stickySettings() {
      meet('stickySettings');
      return sticky;
    },
    async slots() {
      meet('slots');
      return slots;
    },
    async permissions() {
      meet('permissions');
      return [{ actions, notActions: ['Microsoft.Web/sites/slots/config/write'] }];
    },
  };
  const copy = buildSettingCopy('web', { setting: 'AI_KEY', slot: declaredSlots.at(-1) ?? null });
  const place = appSettingCopy(webApps, copy, declaredSlots, (settings) => named.push([...settings]));
  return { app, calls, named, place };
}

const failed = async (work: Promise<unknown>) =>
  await work.then(
    () => null,
    (error: unknown) => (error instanceof FailureError ? error.failure : error),
  );

describe('a setting of an app, read', () => {
  it.each<[string, Parameters<typeof open>, object]>([
    [
      'shows its value, and when the app last changed',
      [{}],
      { kind: 'stored', version: 'change 1', isCarriedAway: false },
    ],
    ['is found in other letters, as code on Windows finds it', [{ settings: { ai_key: 'old' } }], { kind: 'stored' }],
    ['shows nothing if the app has no such setting', [{ settings: { THEME: 'dark' } }], { kind: 'absent' }],
    [
      'moves with a swap if it is not sticky and a slot is not declared',
      [{ sticky: [], slots: ['staging'] }],
      { isCarriedAway: true },
    ],
    [
      'moves nowhere else if it is declared in every slot',
      [{ sticky: [], slots: ['staging'] }, [null, 'Staging']],
      { isCarriedAway: false },
    ],
    [
      'moves if only its slot is declared, and production is not',
      [{ sticky: [], slots: ['staging'] }, ['staging']],
      { isCarriedAway: true },
    ],
    ['moves nowhere if its app has no slots', [{ sticky: [], slots: [] }], { isCarriedAway: false }],
    [
      'stays if its name is sticky in other letters',
      [{ sticky: ['ai_KEY'], slots: ['staging'] }],
      { isCarriedAway: false },
    ],
  ])('%s', async (_, scene, expected) => {
    expect(await open(...scene).place.read()).toMatchObject(expected);
  });

  it('shows nothing once the app is deleted', async () => {
    const { app, place } = open({});
    app.settings = null;
    expect(await place.read()).toEqual({ kind: 'absent' });
  });
});

describe('a setting of an app, written', () => {
  it('keeps all other settings as they were read', async () => {
    const { app, place, named, calls } = open({});
    await place.read();
    calls.splice(0);
    await place.write(key);
    expect([app.settings, named]).toEqual([{ AI_KEY: key.reveal(), THEME: 'dark' }, []]);
    expect(calls).toEqual(['changedAt', 'replaceSettings', 'settings']);
  });

  it('keeps the letters in which the app has its name', async () => {
    const { app, place } = open({ settings: { ai_key: 'old' } });
    await place.read();
    await place.write(key);
    expect(app.settings).toEqual({ ai_key: key.reveal() });
  });

  it('is not sent if the app has changed since it was read: somebody may be at its settings', async () => {
    const { app, place, calls } = open({});
    await place.read();
    Object.assign(app, { settings: { AI_KEY: 'old', THEME: 'light' }, changes: 2 });
    expect(await failed(place.write(key))).toMatchObject({ kind: 'not-applied', code: 'app-changed-meanwhile' });
    expect([app.settings?.THEME, calls.includes('replaceSettings')]).toEqual(['light', false]);
  });

  it('is not sent if it was never read', async () => {
    const { place } = open({});
    expect(await failed(place.write(key))).toMatchObject({ code: 'copy-not-read' });
  });

  it('names what others have changed right after it, and restores nothing of theirs', async () => {
    let isWritten = false;
    const { app, place, named } = open({
      settings: { AI_KEY: 'old', THEME: 'dark', GONE: 'soon' },
      before: {
        replaceSettings: () => {
          isWritten = true;
        },
        settings: (each) => {
          if (isWritten) each.settings = { AI_KEY: key.reveal(), THEME: 'light', ADDED: 'since' };
        },
      },
    });
    await place.read();
    await place.write(key);
    expect([app.settings?.THEME, named]).toEqual(['light', [['THEME', 'GONE', 'ADDED']]]);
  });

  it('has succeeded even if it cannot be compared: the next read shows what stands', async () => {
    let isWritten = false;
    const { place, app } = open({
      before: {
        replaceSettings: () => {
          isWritten = true;
        },
        settings: () => {
          if (isWritten) throw notApplied('http-503');
        },
      },
    });
    await place.read();
    await place.write(key);
    expect(app.settings?.AI_KEY).toBe(key.reveal());
  });
});

describe('that a setting can be written', () => {
  it.each<[string, Parameters<typeof open>, object | null]>([
    ['is shown by the permissions of the identity', [{ actions: ['microsoft.web/SITES/config/write'] }], null],
    [
      'is refused by the action that is missing',
      [{ actions: ['Microsoft.Web/sites/config/read'] }],
      { kind: 'refused', reason: 'account-access-denied', action: 'Microsoft.Web/sites/config/write' },
    ],
    [
      'is asked for a slot by the action for slots, which a role may except',
      [{}, ['staging']],
      { kind: 'refused', action: 'Microsoft.Web/sites/slots/config/write' },
    ],
  ])('%s', async (_, scene, expected) => {
    const { place, calls } = open(...scene);
    const failure = await failed(place.tryWriting());
    if (expected === null) expect(failure).toBeNull();
    else expect(failure).toMatchObject(expected);
    expect(calls).toEqual(['permissions']);
  });
});
