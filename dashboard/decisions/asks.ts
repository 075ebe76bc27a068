import type { Problem } from '../api/ask.ts';
import type { AdoptionsView, ListedTarget, PlanView, RotationView } from '../api/views.ts';
import { type Ask, type AskName, askRoles, type Field, type Values } from './offers.ts';

/** Where one target is reached. */
export function targetPath(name: string): string {
  return `/api/targets/${encodeURIComponent(name)}`;
}

type Given = Pick<ListedTarget, 'name' | 'rotation' | 'state'>;

/** What is asked of a target, as the page shows and sends it. Null: there is no rotation that it could be asked of. */
export function askOf(name: AskName, target: Given): Ask | null {
  switch (name) {
    case 'start':
      return start(target);
    case 'repair':
      return repair(target);
    case 'adopt':
      return adopt(target);
    case 'leak':
      return leak(target.name, '');
    case 'offboard':
      return offboard(target);
    default:
      return target.rotation === null ? null : action(name, target.name, target.rotation);
  }
}

const reason: Field = { kind: 'reason', isRequired: true };

function start({ name, state }: Given): Ask {
  const isFirst = state === 'awaiting-first-rotation';
  const body = ({ inactiveKeyUnused }: Values) => ({ inactiveKeyUnused });
  return {
    name: 'start',
    title: `Rotate ${name}`,
    says: 'Replaces both keys, one after the other. Consumers follow the pointer and notice nothing.',
    button: 'Start the rotation',
    tone: 'plain',
    role: askRoles.start,
    fields: isFirst
      ? [
          {
            kind: 'check',
            name: 'inactiveKeyUnused',
            label: 'Nobody uses the inactive key. It is replaced first, and whoever uses it fails.',
            isRequired: true,
          },
        ]
      : [],
    typed: null,
    preview: {
      shows: 'rotation',
      request: (values) => ({ method: 'POST', path: `${targetPath(name)}/rotations?dryRun=true`, body: body(values) }),
    },
    request: (values, { idempotencyKey }) => ({
      method: 'POST',
      path: `${targetPath(name)}/rotations`,
      body: body(values),
      idempotencyKey,
    }),
    taken: `The rotation of ${name} has started.`,
  };
}

function repair({ name }: Given): Ask {
  return {
    name: 'repair',
    title: `Repair ${name}`,
    says: 'Stores again what the account has: keys, endpoint, pointer and copies. Regenerates nothing, and changes no rotation.',
    button: 'Repair',
    tone: 'plain',
    role: askRoles.repair,
    fields: [],
    typed: null,
    preview: null,
    request: () => ({ method: 'POST', path: `${targetPath(name)}/repair` }),
    taken: `${name} is repaired.`,
  };
}

function adopt({ name }: Given): Ask {
  const body = ({ slot, takeOver, confirm }: Values) => ({ activeSlot: slot === '' ? null : slot, takeOver, confirm });
  return {
    name: 'adopt',
    title: `Adopt ${name}`,
    says: "Stores the account's keys, endpoint and pointer in the vault. Regenerates nothing.",
    button: 'Adopt',
    tone: 'plain',
    role: askRoles.adopt,
    fields: [
      { kind: 'slot', label: 'The key that consumers use today', none: 'as the pointer says, else key1' },
      {
        kind: 'check',
        name: 'takeOver',
        label: 'Take it over if another Keyturn instance has it',
        isRequired: false,
      },
    ],
    typed: null,
    preview: {
      shows: 'adoption',
      request: (values) => ({ method: 'POST', path: `${targetPath(name)}/adopt?dryRun=true`, body: body(values) }),
    },
    request: (values) => ({ method: 'POST', path: `${targetPath(name)}/adopt`, body: body(values) }),
    taken: `${name} is adopted.`,
  };
}

/** @param slot the one that leaked, if it is known */
export function leak(name: string, slot: Values['slot']): Ask {
  const body = (values: Values, dryRun: boolean) => ({
    slot: slot === '' ? values.slot : slot,
    dryRun,
    reason: values.reason.trim() === '' ? null : values.reason,
    overlapSeconds: secondsOf(values.overlapSeconds),
  });
  return {
    name: 'leak',
    title: slot === '' ? `Report a leaked key of ${name}` : `Report ${slot} of ${name} as leaked`,
    says: 'Leads consumers away from the leaked key, then invalidates it. Consumers that hold it for longer than the overlap fail.',
    button: 'Replace the leaked key',
    tone: 'danger',
    role: askRoles.leak,
    fields: [
      ...(slot === '' ? [{ kind: 'slot', label: 'The key that leaked', none: null } as const] : []),
      {
        kind: 'overlap',
        label: 'Overlap, seconds',
        hint: 'How long consumers may go on with the key. Empty: 300, never more than the target’s own.',
      },
      { kind: 'reason', isRequired: false },
    ],
    typed: name,
    preview: {
      shows: 'leak',
      request: (values) => ({ method: 'POST', path: `${targetPath(name)}/leak`, body: body(values, true) }),
    },
    request: (values) => ({ method: 'POST', path: `${targetPath(name)}/leak`, body: body(values, false) }),
    taken: `The leaked key of ${name} is being replaced.`,
  };
}

function offboard({ name }: Given): Ask {
  const path = ({ keepHistory, confirm }: Values, dryRun: boolean) => {
    const query = new URLSearchParams({
      ...(dryRun ? { dryRun: 'true' } : {}),
      history: keepHistory ? 'keep' : 'remove',
      ...(confirm.length === 0 ? {} : { confirm: confirm.join(',') }),
    });
    return `${targetPath(name)}?${query}`;
  };
  return {
    name: 'offboard',
    title: `Offboard ${name}`,
    says: "Removes Keyturn's record and tags. Account, keys and secrets stay, and nobody rotates them any more.",
    button: 'Offboard',
    tone: 'danger',
    role: askRoles.offboard,
    fields: [{ kind: 'check', name: 'keepHistory', label: 'Keep the history and audit trails', isRequired: false }],
    typed: name,
    preview: { shows: 'plan', request: (values) => ({ method: 'DELETE', path: path(values, true) }) },
    request: (values, { etag }) => ({ method: 'DELETE', path: path(values, false), ifMatch: etag }),
    taken: `${name} is offboarded.`,
  };
}

export type Area = 'network' | 'access' | 'keyless';

const areaSays: Readonly<Record<Area, string>> = {
  network: 'Changes who may reach the account, step by step. What the plan does not show does not change.',
  access: 'Assigns roles, and removes those that Keyturn assigned and nobody requests.',
  keyless: 'Turns keys off, with a proof that reverts by itself, or on again.',
};

/** A change of one area of hardening to what `body` asks for: the plan first, with the risks to confirm. */
export function hardeningAsk(area: Area, name: string, body: object): Ask {
  const path = `${targetPath(name)}/${area}`;
  return {
    name: area,
    title: `Change ${area}: ${name}`,
    says: areaSays[area],
    button: 'Apply this plan',
    tone: 'danger',
    role: 'Keyturn.Admin',
    fields: [],
    typed: null,
    preview: {
      shows: 'plan',
      request: () => ({ method: 'PUT', path: `${path}?dryRun=true`, body }),
      isSentIfEmpty: area !== 'network',
    },
    request: ({ confirm }, { etag }) => ({ method: 'PUT', path, body: { ...body, confirm }, ifMatch: etag }),
    taken: 'The change has begun.',
    takenAtOnce: 'No change is under way: the page shows how it stands.',
  };
}

/** What a diagnosis proposes, as this page does it: a dialog, or another view of the target. */
export type FixStep =
  | { readonly kind: 'ask'; readonly ask: Ask }
  | { readonly kind: 'view'; readonly view: 'now' | Area };

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** Null: the page has no button for that call. */
export function fixStep({ method, path, body }: Call, target: Given): FixStep | null {
  const [plain = ''] = path.split('?');
  const last = plain.split('/').at(-1) ?? '';
  const asked = (name: AskName): FixStep | null => {
    const ask = askOf(name, target);
    return ask && { kind: 'ask', ask };
  };
  const area = (['network', 'access', 'keyless'] as const).find((one) => one === last);
  if (area !== undefined)
    return method === 'PUT' && typeof body === 'object' && body !== null && !JSON.stringify(body).includes('<your-')
      ? { kind: 'ask', ask: hardeningAsk(area, target.name, body) }
      : { kind: 'view', view: area };
  if (method === 'GET') return { kind: 'view', view: 'now' };
  if (last === 'leak') {
    const slot = typeof body === 'object' && body !== null && 'slot' in body ? body.slot : '';
    return { kind: 'ask', ask: leak(target.name, slot === 'key1' || slot === 'key2' ? slot : '') };
  }
  switch (last) {
    case 'adopt':
    case 'repair':
    case 'resume':
      return asked(last);
    case 'rotations':
      return asked('start');
    default:
      return null;
  }
}

/** The whole instance: it stands still, or goes on. */
export function pauseAsk(paused: boolean): Ask {
  return {
    name: 'pause',
    title: paused ? 'Pause the whole instance' : 'Resume the whole instance',
    says: paused
      ? 'No call that changes anything in Azure is begun until somebody resumes. Overlaps get longer; leaked keys stay valid.'
      : 'Every account is woken and goes on where it stood.',
    button: paused ? 'Pause' : 'Resume',
    tone: paused ? 'danger' : 'plain',
    role: 'Keyturn.Admin',
    fields: [{ kind: 'reason', isRequired: paused }],
    typed: null,
    preview: null,
    request: ({ reason: said }) => ({
      method: 'PUT',
      path: '/api/pause',
      body: { paused, reason: said.trim() === '' ? null : said },
    }),
    taken: paused ? 'The instance is paused.' : 'The instance goes on.',
  };
}

/** Lets the schedule go on in spite of what blocks it. */
export function resetAsk(what: 'failures' | 'canaries' | 'running'): Ask {
  const says = {
    failures: 'Suspended rotations so far no longer open the circuit breaker. They stay suspended.',
    canaries: 'Targets no longer wait for the canaries of now.',
    running: 'As many rotations may start beside those in flight.',
  };
  return {
    name: `reset-${what}`,
    title: {
      failures: 'Close the circuit breaker',
      canaries: 'Go on without the canaries',
      running: 'Start more at once',
    }[what],
    says: says[what],
    button: 'Reset',
    tone: 'danger',
    role: 'Keyturn.Admin',
    fields: [reason],
    typed: null,
    preview: null,
    request: ({ reason: said }) => ({ method: 'POST', path: '/api/fleet/reset', body: { reason: said, what: [what] } }),
    taken: 'The next sweep starts what is due.',
  };
}

/** Accepts the targets document that was seen. @param etag of the document */
export function acceptDocumentAsk(etag: string, dropped: number): Ask {
  return {
    name: 'accept-document',
    title: 'Accept the targets document',
    says: `It drops ${dropped} targets. Their rotations in flight are finished; then nobody rotates them.`,
    button: 'Accept',
    tone: 'danger',
    role: 'Keyturn.Admin',
    fields: [reason],
    typed: null,
    preview: null,
    request: ({ reason: said }) => ({
      method: 'POST',
      path: '/api/fleet/targets-document/accept',
      body: { reason: said },
      ifMatch: etag,
    }),
    taken: 'The targets document is in force.',
  };
}

/** Every account that is known and not adopted yet. */
export const adoptAll: Ask = {
  name: 'adopt-all',
  title: 'Adopt all accounts',
  says: 'Stores the keys of every account that is not adopted yet. Regenerates nothing. Large fleets take several requests: send it again until nothing remains.',
  button: 'Adopt all',
  tone: 'plain',
  role: 'Keyturn.Admin',
  fields: [],
  typed: null,
  preview: {
    shows: 'adoptions',
    request: () => ({ method: 'POST', path: '/api/adoptions?dryRun=true', body: { targets: 'all' } }),
  },
  request: () => ({ method: 'POST', path: '/api/adoptions', body: { targets: 'all' } }),
  taken: 'The accounts are adopted.',
  takenAs: (answer) => {
    const { counts, targets } = answer as AdoptionsView;
    const { adopted, blocked, remaining } = counts;
    const why = targets.flatMap(({ target, blockedBy: [stop] }) =>
      stop === undefined ? [] : `${target}: ${stop.reason}`,
    );
    const first = why.slice(0, 3).join(', ');
    return [
      `Adopted: ${adopted}.`,
      ...(blocked > 0 ? [`Blocked: ${blocked} (${first}${why.length > 3 ? ', …' : ''}).`] : []),
      ...(remaining > 0 ? [`Not begun yet: ${remaining}. Send it again.`] : []),
    ].join(' ');
  },
};

interface Words {
  readonly title: string;
  readonly says: string;
  readonly tone: Ask['tone'];
  readonly button: string;
  readonly taken: string;
}

type RotationAsk = Exclude<AskName, 'start' | 'repair' | 'adopt' | 'leak' | 'offboard'>;

const actionWords: Readonly<Record<RotationAsk, Words>> = {
  resume: {
    title: 'Resume the rotation',
    says: 'Keyturn looks at vault and account first, then continues where it stopped. If the cause is still there, it waits again.',
    tone: 'plain',
    button: 'Resume',
    taken: 'The rotation goes on.',
  },
  cancel: {
    title: 'Cancel the rotation',
    says: 'Undoes what was begun. The pointer has not moved, so consumers stay with the key they have. The schedule leaves the target alone for a day.',
    tone: 'plain',
    button: 'Cancel the rotation',
    taken: 'The rotation is being cancelled.',
  },
  rollback: {
    title: 'Roll back',
    says: 'Leads consumers back to the old key, once it is proved. The schedule leaves the target alone for a day.',
    tone: 'danger',
    button: 'Roll back',
    taken: 'Consumers are being led back to the old key.',
  },
  hold: {
    title: 'Hold the overlap',
    says: 'Keeps the old key valid until somebody releases the hold.',
    tone: 'plain',
    button: 'Hold',
    taken: 'The old key is kept valid.',
  },
  'release-hold': {
    title: 'Release the hold',
    says: 'The overlap ends at its time, and the old key with it.',
    tone: 'plain',
    button: 'Release the hold',
    taken: 'The hold is released.',
  },
  expedite: {
    title: 'Expedite',
    says: 'Shortens the overlap. Below what consumers cache, their calls fail.',
    tone: 'danger',
    button: 'Expedite',
    taken: 'The overlap is shortened.',
  },
};

function action(name: RotationAsk, target: string, rotation: RotationView): Ask {
  const path = `${targetPath(target)}/rotations/${encodeURIComponent(rotation.id)}/${name}`;
  const toConfirm = rotation.actionsToConfirm.find((one) => one.action === name);
  const risks: readonly Field[] = (toConfirm?.confirm ?? []).map((risk) => ({
    kind: 'risk',
    name: risk,
    text: toConfirm?.detail ?? '',
  }));
  const copy = rotation.lastFailure?.copy ?? null;
  const fields: Readonly<Record<RotationAsk, readonly Field[]>> = {
    resume: [],
    cancel: risks,
    rollback: risks,
    hold: [reason, ...risks],
    'release-hold': [],
    expedite: [
      {
        kind: 'overlap',
        label: 'Overlap in all, seconds from the switch',
        hint: 'Empty: the shortest that the settings call safe.',
      },
      ...(copy === null ? [] : [{ kind: 'copies', names: [copy] } as const]),
      reason,
    ],
  };
  const body = (values: Values): unknown => {
    switch (name) {
      case 'cancel':
      case 'rollback':
        return { confirm: values.confirm };
      case 'hold':
        return { reason: values.reason, confirm: values.confirm };
      case 'expedite':
        return {
          reason: values.reason,
          overlapSeconds: secondsOf(values.overlapSeconds),
          leaveBehind: values.leaveBehind,
        };
      default:
        return undefined;
    }
  };
  return {
    name,
    ...actionWords[name],
    title: `${actionWords[name].title}: ${target}`,
    role: askRoles[name],
    fields: fields[name],
    typed: null,
    preview: null,
    request: (values) => ({ method: 'POST', path, body: body(values) }),
  };
}

function secondsOf(text: string): number | null {
  return text.trim() === '' ? null : Number(text);
}

/** Whether all that must be filled in is; until then the button waits. */
export function isComplete(ask: Ask, values: Values, typed: string): boolean {
  return ask.fields.every((field) => isFilled(field, values)) && (ask.typed === null || typed.trim() === ask.typed);
}

function isFilled(field: Field, values: Values): boolean {
  switch (field.kind) {
    case 'reason':
      return !field.isRequired || values.reason.trim() !== '';
    case 'check':
      return !field.isRequired || values[field.name];
    case 'overlap':
      return isSeconds(values.overlapSeconds);
    case 'slot':
      return field.none !== null || values.slot !== '';
    case 'risk':
      return values.confirm.includes(field.name);
    case 'copies':
      return true;
  }
}

/** Whether a plan may be sent: nothing blocks it, there is something to do, and the text of each risk to confirm is ticked. */
export function isPlanReady(ask: Ask, plan: PlanView, ticked: readonly string[]): boolean {
  const { differences, blockedBy } = plan;
  return (
    blockedBy.length === 0 &&
    !isNothingToDo(ask, plan) &&
    // By its text, since consumers that are cut off are two risks of one name.
    differences.every(({ risks }) => risks.every(({ level, text }) => level !== 'confirm' || ticked.includes(text)))
  );
}

/** Whether to send the plan would do nothing at all. */
export function isNothingToDo(ask: Ask, { differences, blockedBy }: PlanView): boolean {
  return differences.length === 0 && blockedBy.length === 0 && ask.preview?.isSentIfEmpty !== true;
}

/** What a refusal says: where the API names its headers and members, what a person does instead. */
export function refusalText({ reason: word, detail }: Pick<Problem, 'reason' | 'detail'>): string {
  const next = 'so nothing was done. Look at it as it is now, then send it again.';
  if (word === 'changed-meanwhile') return `Somebody changed it meanwhile, ${next}`;
  if (word === 'plan-not-confirmed') return `The plan has got risks that nobody has confirmed, ${next}`;
  return detail;
}

function isSeconds(text: string): boolean {
  return /^\s*\d*\s*$/.test(text);
}

/** Whether the preview can be asked: a leak's needs its slot. */
export function isPreviewable(ask: Ask, values: Values): boolean {
  return ask.fields.every(
    (field) =>
      (field.kind !== 'slot' || field.none !== null || values.slot !== '') &&
      (field.kind !== 'overlap' || isSeconds(values.overlapSeconds)),
  );
}
