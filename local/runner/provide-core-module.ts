import Module from 'node:module';
import type { CoreModule } from './core-module.ts';

/**
 * Answers `require('@azure/functions-core')`, also through createRequire, with `core`, and leaves every other request alone.
 * An ESM import is not answered and fails with ERR_MODULE_NOT_FOUND, exactly as in the real worker, which proxies the same
 * method: a bundle that loads here loads there.
 */
export function provideCoreModule(core: CoreModule): void {
  Module.prototype.require = new Proxy(Module.prototype.require, {
    apply: (require, self, [id]: [string]) =>
      id === '@azure/functions-core' ? core : Reflect.apply(require, self, [id]),
  });
}
