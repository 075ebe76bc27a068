import { useLive } from '../../api/live.ts';
import type { ListedTarget } from '../../api/views.ts';
import { targetPath } from '../../decisions/asks.ts';
import { toneOf, words } from '../../decisions/states.ts';
import { AccountName, Empty, Refused, Shown, State } from '../../parts/small.tsx';
import { type TargetView, targetHref, targetViews } from '../../router.ts';
import { Access } from './access.tsx';
import { Diagnosis } from './diagnosis.tsx';
import { History } from './history.tsx';
import { Keyless } from './keyless.tsx';
import { Network } from './network.tsx';
import { Now } from './now.tsx';

/** While something moves, and else. */
const busyEveryMs = 2_000;
const calmEveryMs = 15_000;

function isMoving({ state, rotation, leakedKeys }: ListedTarget): boolean {
  return (rotation !== null && rotation.state !== 'suspended') || state === 'settling' || leakedKeys.length > 0;
}

const viewWords: Readonly<Record<TargetView, string>> = {
  now: 'Now',
  history: 'History',
  diagnosis: 'Diagnosis',
  network: 'Network',
  access: 'Access',
  keyless: 'Keyless',
};

/** One target: as it is now, followed live, and what may be asked of it. */
export function Target({ name, view }: { name: string; view: TargetView }) {
  const live = useLive<ListedTarget>(targetPath(name), (target) => (isMoving(target) ? busyEveryMs : calmEveryMs));
  if (live.data === null && live.problem?.status === 404)
    return (
      <>
        <h1 tabIndex={-1}>{name}</h1>
        <Empty title={`There is no target “${name}”.`}>
          It may have another name, or have been offboarded. <a href="/targets">All targets</a>
        </Empty>
      </>
    );
  return (
    <>
      <header class="target-head">
        <h1 tabIndex={-1}>
          {name} {live.data !== null && <State state={live.data.state} tone={toneOf(live.data.state)} />}
        </h1>
        {live.data !== null && (
          <p class="quiet">
            <AccountName id={live.data.accountId} /> · vault{' '}
            <span class="break">{live.data.vault.replace(/^https:\/\//, '')}</span>
            {live.data.blocked !== null && <> · {words(live.data.blocked.reason)}</>}
          </p>
        )}
        <nav class="tabs" aria-label={`Views of ${name}`}>
          {targetViews.map((one) => (
            <a key={one} href={targetHref(name, one)} aria-current={one === view ? 'page' : undefined}>
              {viewWords[one]}
            </a>
          ))}
        </nav>
      </header>
      <Shown live={live} what={`the target ${name}`}>
        {(target) => {
          switch (view) {
            case 'now':
              return <Now target={target} refresh={live.refresh} />;
            case 'history':
              return <History target={target} />;
            case 'diagnosis':
              return <Diagnosis target={target} refresh={live.refresh} />;
            case 'network':
              return <Network target={target} />;
            case 'access':
              return <Access target={target} />;
            case 'keyless':
              return <Keyless target={target} />;
          }
        }}
      </Shown>
      {live.data !== null && live.problem?.status === 404 && <Refused problem={live.problem} />}
    </>
  );
}
