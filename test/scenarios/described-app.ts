import { apiViewParts, apiViews } from '../../src/app/api-views.ts';
import type { App } from '../../src/app/contract.ts';

const allViews = { ...apiViews, ...apiViewParts };

type View = keyof typeof allViews;

/** What a member of an answer is, by the API's description; a list is one of each of its items. */
const views: Readonly<Record<string, View>> = {
  target: 'Target',
  targets: 'ListedTarget',
  discovery: 'Discovery',
  rotation: 'Rotation',
  auditTrail: 'AuditTrail',
  identified: 'Identified',
  adoption: 'Adoption',
  adoptions: 'Adoptions',
  secrets: 'StoredSecret',
  preview: 'LeakPreview',
  plan: 'Plan',
  network: 'Network',
  change: 'NetworkChange',
  fleet: 'Fleet',
  pause: 'Pause',
};

/** Where the function that answers says more. */
const viewsOf: Readonly<Partial<Record<keyof App, Readonly<Record<string, View>>>>> = {
  readTarget: { target: 'ListedTarget' },
  previewRotation: { plan: 'RotationPlan' },
  readAccess: { view: 'Access' },
  changeAccess: { view: 'Access' },
  readKeyless: { view: 'Keyless' },
  changeKeyless: { view: 'Keyless' },
  verifyKeyless: { view: 'Verified' },
};

/** The app, each of whose answers must be what the API's description says: every member that it names, and no other. */
export function describedApp(app: App): App {
  const described = Object.entries(app).map(([name, act]) => [
    name,
    async (...args: unknown[]) => {
      const answer: unknown = await Reflect.apply(act, app, args);
      hold(name as keyof App, answer);
      return answer;
    },
  ]);
  return Object.fromEntries(described) as App;
}

function hold(name: keyof App, answer: unknown): void {
  for (const [member, view, value] of viewsIn(name, answer)) {
    const where = `${name}.${member}`;
    const sent: unknown = JSON.parse(JSON.stringify(value));
    const read = allViews[view].safeParse(sent);
    if (!read.success) throw new TypeError(`${where} is no ${view}: ${read.error.message}`);
    const more = undescribed(sent, read.data, where);
    if (more.length > 0) throw new TypeError(`${view} does not describe ${more.join(', ')}`);
  }
}

function viewsIn(name: keyof App, answer: unknown): readonly (readonly [member: string, View, unknown])[] {
  if (name === 'readPause') return [['', 'Pause', answer]];
  const { kind, diagnosisFor, rotations, next } = Object(answer);
  if (kind === 'diagnosed') return [['', 'Diagnosis', diagnosisFor(null)]];
  if (name === 'listRotations') return kind === 'found' ? [['', 'Rotations', { rotations, next }]] : [];
  return Object.entries(Object(answer)).flatMap(([member, value]) => {
    const view = viewsOf[name]?.[member] ?? views[member];
    if (view === undefined || typeof value !== 'object') return [];
    return [value].flat().flatMap((one) => (one === null ? [] : [[member, view, one] as const]));
  });
}

/** The members of `sent` that were not read. */
function undescribed(sent: unknown, read: unknown, where: string): readonly string[] {
  if (typeof sent !== 'object' || sent === null) return [];
  return Object.entries(sent).flatMap(([name, value]) =>
    name in Object(read) ? undescribed(value, Object(read)[name], `${where}.${name}`) : [`${where}.${name}`],
  );
}
