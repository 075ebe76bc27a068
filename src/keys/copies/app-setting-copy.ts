import { asFailure, FailureError, notApplied } from '../../shared/failure.ts';
import type { SecretText } from '../../shared/secret-text.ts';
import type { WebApps } from '../ports.ts';
import { hasUndeclaredSlot, mustBeAllowed, siteAction } from './copies-in-apps.ts';
import { type CopyPlace, type SettingCopy, siteIdOf } from './copy.ts';

type Settings = ReadonlyMap<string, SecretText>;

/**
 * A setting of an App Service or Functions app that holds the active key. A whole set: Azure replaces all settings of an app at
 * once and knows no condition, so what stands there is read right before, and compared right after. When the app last changed is
 * its version. The app restarts its workers after a change; the declared `cache` stands for the time that takes.
 * @param declaredSlots of this setting, each as a copy; null: production
 * @param othersChanged is told which settings of others stood otherwise right after a write; nothing of theirs is restored
 */
export function appSettingCopy(
  webApps: WebApps,
  copy: SettingCopy,
  declaredSlots: readonly (string | null)[],
  othersChanged: (settings: readonly string[]) => void,
): CopyPlace {
  const { appId, setting } = copy;
  const siteId = siteIdOf(copy);
  let last: { readonly changedAt: string; readonly settings: Settings; readonly name: string } | null = null;
  /** Whether a swap of slots would carry the setting to a slot that is not declared. */
  const isCarriedAway = async (name: string) => {
    const isNamed = (one: string) => one.toLowerCase() === name.toLowerCase();
    if ((await webApps.stickySettings(appId)).some(isNamed)) return false;
    return await hasUndeclaredSlot(webApps, appId, declaredSlots);
  };
  return {
    async read() {
      last = null;
      // First: settings that are newer than it are found to have changed, and never the other way round.
      const changedAt = await webApps.changedAt(siteId);
      const settings = changedAt === null ? null : await webApps.settings(siteId);
      if (changedAt === null || settings === null) return { kind: 'absent' };
      const name = nameIn(settings, setting);
      const value = settings.get(name);
      if (value === undefined) return { kind: 'absent' };
      last = { changedAt, settings, name };
      return { kind: 'stored', value, version: changedAt, isCarriedAway: await isCarriedAway(name) };
    },
    async write(value) {
      if (last === null) throw notApplied('copy-not-read');
      const { changedAt, settings, name } = last;
      if ((await webApps.changedAt(siteId)) !== changedAt) throw notApplied('app-changed-meanwhile');
      const written = new Map(settings).set(name, value);
      await webApps.replaceSettings(siteId, written);
      const stands = await webApps.settings(siteId).catch(asFailure);
      if (stands === null || stands instanceof FailureError) return;
      const others = differences(written, stands).filter((one) => one !== name);
      if (others.length > 0) othersChanged(others);
    },
    /** By the identity's own permissions: no write leaves an app unnoticed. */
    async tryWriting() {
      await mustBeAllowed(webApps, siteId, siteAction(copy, 'config/write'));
    },
  };
}

/** The setting as the app has it: code on Windows reads it in any case. */
function nameIn(settings: Settings, setting: string): string {
  if (settings.has(setting)) return setting;
  return [...settings.keys()].find((name) => name.toLowerCase() === setting.toLowerCase()) ?? setting;
}

function differences(written: Settings, stands: Settings): readonly string[] {
  const names = new Set([...written.keys(), ...stands.keys()]);
  return [...names].filter((name) => {
    const [one, other] = [written.get(name), stands.get(name)];
    return one === undefined || other === undefined || !one.equals(other);
  });
}
