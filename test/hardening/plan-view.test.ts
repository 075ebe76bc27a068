import { expect, it } from 'vitest';
import { planView, viewPlan } from '../../src/hardening/plan-view.ts';
import { difference } from '../../src/shared/difference.ts';

it('a plan names each risk to confirm once, what blocks it, and what each change needs', () => {
  const risk = (name: string, level: 'confirm' | 'blocked' | 'advisory', text: string) => ({ name, level, text });
  const risks = {
    one: [risk('a', 'confirm', '1'), risk('b', 'advisory', '2')],
    two: [risk('a', 'confirm', '3'), risk('c', 'blocked', '4'), risk('d', 'confirm', '5')],
  };
  const plan = [
    difference('one', 'since', { kind: 'assign' }, risks.one),
    difference('two', 'since', { kind: 'unassign' }, risks.two),
  ];
  const view = viewPlan(plan, ['d'], ({ kind }) => [`needed to ${kind}`]);
  expect(view).toEqual({
    differences: [
      {
        what: 'one',
        why: 'since',
        risk: 'confirm',
        risks: risks.one,
        change: { kind: 'assign' },
        needs: ['needed to assign'],
      },
      {
        what: 'two',
        why: 'since',
        risk: 'blocked',
        risks: risks.two,
        change: { kind: 'unassign' },
        needs: ['needed to unassign'],
      },
    ],
    toConfirm: ['a'],
    blockedBy: [{ name: 'c', level: 'blocked', text: '4' }],
    waitsFor: null,
  });
  // What the schema leaves out stands in no document.
  expect(planView.strict().parse(view)).toEqual(view);
});
