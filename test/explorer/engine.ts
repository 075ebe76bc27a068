import type { App } from '../../src/app/contract.ts';
import type { AppParts } from '../../src/app.ts';

/** What is explored: the app as it is made in production, or one of whose rules is taken away. */
export interface Engine {
  createApp(parts: AppParts): App;
}
