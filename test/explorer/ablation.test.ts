import { describe, expect, it } from 'vitest';
import { exactly, tried } from '../vitest/whole-search.ts';
import { ablations } from './ablations.ts';
import { edited } from './load-engine.ts';
import { runExplorer } from './run-explorer.ts';

describe('a rule that is taken away', () => {
  for (const ablation of ablations)
    it(`stands in the source as the ablation says: ${ablation.rule}`, () => {
      for (const file of new Set(ablation.edits.map((edit) => edit.file)))
        expect(edited(file, ablation)).toContain(ablation.edits.find((edit) => edit.file === file)?.to);
    });

  it('is missed: the explorer finds the breach', async () => {
    const rules = exactly(tried(ablations, 9).map(({ rule }) => rule));
    const { exitCode, said } = await runExplorer('--ablation', '--quick', '--budget', '1', '--rule', rules);
    console.log(said);
    expect(exitCode).toBe(0);
    expect(said.split('\n').filter((line) => line.includes('| budget ')).length).toBeGreaterThan(5);
  });
});
