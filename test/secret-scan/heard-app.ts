import { inspect } from 'node:util';
import type { App } from '../../src/app/contract.ts';
import { told } from './run-scan.ts';

/** The app, with each of its answers and errors told to the scan of the run. */
export function heardApp(app: App): App {
  const heard = Object.entries(app).map(([name, act]) => [
    name,
    async (...args: unknown[]) => {
      try {
        const answer: unknown = await Reflect.apply(act, app, args);
        told(`an answer of ${name}`, JSON.stringify(answer ?? null));
        return answer;
      } catch (error) {
        told(`an error of ${name}`, inspect(error, { depth: 9, showHidden: true, maxStringLength: null }));
        throw error;
      }
    },
  ]);
  return Object.fromEntries(heard) as App;
}
