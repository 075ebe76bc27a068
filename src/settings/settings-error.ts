import type { FieldProblem } from '../shared/field-problem.ts';

/** Everything that is wrong with the settings, in one error. Its message names values, never a secret. */
export class SettingsError extends Error {
  readonly problems: readonly FieldProblem[];

  constructor(problems: readonly FieldProblem[]) {
    const lines = problems.map(({ field, found, accepted }) => `  ${field}: found ${found}; accepted: ${accepted}`);
    super(['Keyturn cannot start with these settings:', ...lines].join('\n'));
    this.name = 'SettingsError';
    this.problems = problems;
  }
}
