import { mergeConfig } from 'vitest/config';
import whole from '../../../vitest.config.ts';

/** The run of the whole suite, with a file of leaks in place of the tests. */
export default mergeConfig(
  { ...whole, test: { ...whole.test, projects: undefined } },
  {
    root: new URL('../../..', import.meta.url).pathname,
    test: { include: ['test/secret-scan/leaking-run/leaks-*.ts'] },
  },
);
