import type { WebApps } from '../../src/keys/ports.ts';
import { SecretText } from '../../src/shared/secret-text.ts';

/** A setting of others in every app: a write replaces it, too. */
const ofOthers = { name: 'THEME', value: 'dark' };

/** Where a world keeps what settings of apps hold: under the setting's own name, each write a version, as it keeps secrets. */
export interface SettingStore {
  /** Of the app with that setting, when it last changed; null: the app is gone. */
  changedAt(setting: string): Promise<string | null>;
  read(setting: string): Promise<string | null>;
  write(setting: string, value: string): Promise<void>;
}

/** Apps that have one setting of interest each, whose name is the app's. Every one of them stays with its slot. */
export function memoryWebApps(store: SettingStore): WebApps {
  const settingOf = (siteId: string) => siteId.split('/').at(-1) ?? '';
  return {
    changedAt: (siteId) => store.changedAt(settingOf(siteId)),
    async settings(siteId) {
      const value = await store.read(settingOf(siteId));
      if (value === null) return null;
      return new Map([
        [settingOf(siteId), new SecretText(value)],
        [ofOthers.name, new SecretText(ofOthers.value)],
      ]);
    },
    async replaceSettings(siteId, settings) {
      if (settings.get(ofOthers.name)?.reveal() !== ofOthers.value) throw new TypeError('a setting of others was lost');
      await store.write(settingOf(siteId), settings.get(settingOf(siteId))?.reveal() ?? '');
    },
    reference: () => none(),
    refreshReferences: () => none(),
    restart: () => none(),
    tags: () => none(),
    setTag: () => none(),
    stickySettings: async (appId) => [settingOf(appId)],
    slots: async () => [],
    permissions: async () => [{ actions: ['*'], notActions: [] }],
  };
}

function none(): never {
  throw new TypeError('no app here has references');
}
