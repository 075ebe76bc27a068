import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { lifecycle, operatorActions, type Position } from '../../src/rotation/lifecycle.ts';
import type { StateKind } from '../../src/rotation/state.ts';

const kinds = Object.keys(lifecycle) as StateKind[];
const page = new URL('../../docs/rotation.md', import.meta.url);
const [begin, end] = ['<!-- made from src/rotation/lifecycle.ts -->', '<!-- end -->'];

const consumersUse = { 'old-slot': 'the old key', 'new-slot': 'the new key', either: 'either' };
const oldKeyIs = { valid: 'valid', 'maybe-invalidated': 'maybe invalidated', invalidated: 'invalidated' };

/** A position, and the one once the write that leads on may have left. */
function positions(kind: StateKind): readonly Position[] {
  const row = lifecycle[kind];
  return 'onceSent' in row ? [row.position, row.onceSent] : [row.position];
}

function inTurn(texts: readonly string[]): string {
  return [...new Set(texts)].join(', then ');
}

function row(kind: StateKind): string {
  const { does, until, deadlineMs, overdue, may } = lifecycle[kind];
  const consumers = inTurn(positions(kind).map((position) => consumersUse[position.consumers]));
  const oldKey = inTurn(positions(kind).map((position) => oldKeyIs[position.oldKey]));
  const asked = operatorActions.filter((action) => may.some((one) => one === action));
  // By the word of its route, which `actions` of a rotation gives too.
  const actions = asked.map((action) => `\`${action.replace('roll-back', 'rollback')}\``).join(', ');
  return `| \`${kind}\` | ${does} | ${until} | ${consumers} | ${oldKey} | ${actions} | ${deadlineMs / 3_600_000} h: \`${overdue}\` |`;
}

const arrows = kinds.flatMap((kind) => [
  ...lifecycle[kind].follows.map((next) => `  ${nameOf(kind)} --> ${nameOf(next)}`),
  ...lifecycle[kind].ends.map((outcome) => `  ${nameOf(kind)} --> [*]: ${outcome}`),
]);

/** Mermaid takes no hyphen in a name. */
function nameOf(kind: StateKind): string {
  return kind.replace('-', '_');
}

const made = `${begin}

| state | does | until | consumers use | the old key is | an operator may ask | suspends after |
|---|---|---|---|---|---|---|
${kinds.map(row).join('\n')}

\`\`\`mermaid
stateDiagram-v2
  [*] --> preparing
${arrows.join('\n')}
\`\`\`

`;

it("the states on the rotation's page are what its table says", async () => {
  const text = readFileSync(page, 'utf8');
  const [before = '', rest = ''] = text.split(begin);
  const after = rest.slice(rest.indexOf(end));
  expect([before, after].every((part) => part.length > 0)).toBe(true);
  await expect(before + made + after).toMatchFileSnapshot('../../docs/rotation.md');
});
