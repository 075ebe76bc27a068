import type { Settings } from './settings.ts';

/**
 * Replaces each `%Name%` by the app setting of that name. The host does this for queue names, schedules and connections, and
 * not for HTTP routes. Throws the host's own sentence when a name has no value.
 */
export function expandSettings(text: string, settings: Settings): string {
  return text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = settings.get(name);
    if (!value) throw new Error(`'%${name}%' does not resolve to a value.`);
    return value;
  });
}
