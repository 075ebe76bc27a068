/** Shows the plan, asks, and sends that very plan: whatever stands in the way, nothing is sent that was not seen. */
import { expect, it } from 'vitest';
import type { Answer, Request } from '../../../cli/api/instance.ts';
import type { Context } from '../../../cli/commands/command.ts';
import { planThenApply } from '../../../cli/commands/planned.ts';
import { Stop } from '../../../cli/outcome.ts';

interface Scene {
  readonly plan: {
    readonly differences?: readonly object[];
    readonly toConfirm?: readonly string[];
    readonly blockedBy?: readonly object[];
  };
  readonly isSure?: boolean;
  /** What the person answers; null: nobody is there. */
  readonly says?: 'yes' | 'no' | null;
  readonly confirm?: readonly string[];
}

const difference = { what: 'w', why: 'y', risk: 'none', risks: [], change: { kind: 'k' }, needs: [] };
const risk = { name: 'locked', level: 'blocked', text: 'The group has a lock.' };

/** What was sent, asked and said. */
async function played({ plan, isSure = false, says = null, confirm }: Scene) {
  const sent: Request[] = [];
  const asked: string[] = [];
  const shown: string[] = [];
  const context: Context = {
    output: 'json',
    nowMs: () => 0,
    wait: async () => {},
    terminal: {
      print: () => shown.push('on stdout'),
      note: (line) => shown.push(line),
      width: 80,
      isLive: false,
      canAsk: says !== null,
      confirm: async (question) => {
        asked.push(question);
        return says === 'yes';
      },
      read: async () => '',
    },
    instance: () => ({
      url: '',
      tokens: { way: 'azure-cli', token: async () => '' },
      description: async () => ({}),
      async ask(_, request = {}): Promise<Answer> {
        sent.push(request);
        const body = { differences: [difference], toConfirm: [], blockedBy: [], waitsFor: null, ...plan };
        return { status: 200, etag: '"seen"', body };
      },
    }),
  };
  const request = { target: 'web', body: { mode: 'private', ...(confirm && { confirm }) } };
  const ended = await planThenApply(context, { name: 'set-network', request, question: 'Change it?', isSure }).catch(
    (error: unknown) => (error instanceof Stop ? `${error.exitCode}: ${error.message}` : Promise.reject(error)),
  );
  const writes = sent.filter(({ query }) => query?.dryRun !== 'true');
  return { ended: typeof ended === 'string' ? ended : ended && 'sent', writes, asked, shown };
}

it('the dry run is asked first, and shown beside the answer', async () => {
  const { shown } = await played({ plan: {}, says: 'no' });
  expect(shown).toContain('• w');
  expect(shown).not.toContain('on stdout');
});

it.each<[string, Scene, Awaited<ReturnType<typeof played>>['ended']]>([
  ['a person says yes', { plan: {}, says: 'yes' }, 'sent'],
  ['a person says no', { plan: {}, says: 'no' }, '1: Not confirmed: nothing was changed.'],
  ['a script says --yes', { plan: {}, isSure: true }, 'sent'],
  [
    'a script says nothing',
    { plan: {} },
    '2: Nobody can be asked here: add --yes to carry it out. Nothing was changed.',
  ],
  ['nothing differs', { plan: { differences: [] }, isSure: true }, null],
  ['it is blocked', { plan: { blockedBy: [risk] }, isSure: true }, '1: It is blocked, as shown. Nothing was changed.'],
  ['it has risks, and a person says yes', { plan: { toConfirm: ['cut-off'] }, says: 'yes' }, 'sent'],
  [
    'it has risks, and a script says only --yes',
    { plan: { toConfirm: ['cut-off'] }, isSure: true },
    '1: The plan has risks. To take them: --confirm cut-off. Nothing was changed.',
  ],
  [
    'it has risks, and a script names them',
    { plan: { toConfirm: ['cut-off'] }, isSure: true, confirm: ['cut-off'] },
    'sent',
  ],
])('%s', async (_, scene, expected) => {
  const { ended, writes } = await played(scene);
  expect(ended).toBe(expected);
  expect(writes).toHaveLength(expected === 'sent' ? 1 : 0);
});

it('what is sent holds for the plan that was seen, with the risks that it has', async () => {
  const { writes, asked } = await played({ plan: { toConfirm: ['cut-off'] }, says: 'yes' });
  expect(asked).toEqual(['Change it? It takes these risks: cut-off.']);
  expect(writes).toEqual([
    { target: 'web', body: { mode: 'private', confirm: ['cut-off'] }, headers: { 'If-Match': '"seen"' } },
  ]);
});
