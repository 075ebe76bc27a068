import type { Settings } from './settings/settings.ts';
import type { Binding, FunctionMetadata } from './wire.ts';

/** A function that the host has found in the app, with its one trigger taken out. */
export interface IndexedFunction {
  readonly name: string;
  readonly metadata: FunctionMetadata;
  readonly trigger: Binding;
  readonly triggerName: string;
  readonly isDisabled: boolean;
}

const knownTriggers = ['httptrigger', 'timertrigger', 'queuetrigger', 'eventgridtrigger'];

/** Takes the function's trigger out of its bindings. Throws when it needs a binding that the runner does not provide. */
export function indexFunction(metadata: FunctionMetadata, settings: Settings): IndexedFunction {
  const bindings = Object.entries(metadata.bindings);
  const found = bindings.find(([, { type }]) => /trigger$/i.test(type));
  if (found === undefined) throw new Error('it has no trigger binding.');
  const [triggerName, trigger] = found;
  for (const [name, { type }] of bindings) {
    const provided = name === triggerName ? knownTriggers.includes(type.toLowerCase()) : type.toLowerCase() === 'http';
    if (!provided) throw new Error(`the local runner does not provide the binding type '${type}'.`);
  }
  return { name: metadata.name, metadata, trigger, triggerName, isDisabled: isDisabled(metadata.name, settings) };
}

export function hasTrigger(type: 'http' | 'timer' | 'queue' | 'eventGrid', { trigger }: IndexedFunction): boolean {
  return trigger.type.toLowerCase() === `${type.toLowerCase()}trigger`;
}

/** The two switches that work, `AzureWebJobs.<fn>.Disabled` and `AzureWebJobs_<fn>_Disabled`; the form with `__` does not. */
function isDisabled(name: string, settings: Settings): boolean {
  const values = [settings.get(`AzureWebJobs.${name}.Disabled`), settings.get(`AzureWebJobs_${name}_Disabled`)];
  return values.some((value) => value === '1' || value?.toLowerCase() === 'true');
}
