import { afterAll } from 'vitest';
import './listen.ts';
import { forgetRun, leaks } from './run-scan.ts';

/**
 * Runs around every test file: holds whatever was logged, stored, enqueued, answered or thrown against every key and token
 * that the simulated Azure has issued meanwhile, and fails the file on a hit.
 */
afterAll(() => {
  const where = leaks();
  forgetRun();
  if (where.length > 0) throw new Error(`A key or a token was found in ${where.join('; ')}.`);
});
