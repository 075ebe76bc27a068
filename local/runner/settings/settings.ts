/** App settings as the host reads them: names are case-insensitive, and `__` means `:`. */
export interface Settings {
  get(name: string): string | undefined;
  /** Whether some setting lies below `name`, as in `Name__accountName`. */
  hasSection(name: string): boolean;
}

export function settingsFrom(environment: NodeJS.ProcessEnv): Settings {
  const normal = (name: string) => name.replaceAll('__', ':').toLowerCase();
  const values = new Map(Object.entries(environment).map(([name, value]) => [normal(name), value]));
  return {
    get: (name) => values.get(normal(name)),
    hasSection: (name) => [...values.keys()].some((key) => key.startsWith(`${normal(name)}:`)),
  };
}
