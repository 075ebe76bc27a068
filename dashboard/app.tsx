import { useEffect, useRef } from 'preact/hooks';
import { useLive } from './api/live.ts';
import type { ListedTarget, TargetsPage } from './api/views.ts';
import { Fleet } from './pages/fleet.tsx';
import { Leak } from './pages/leak.tsx';
import { concernsPath, NeedsPerson } from './pages/needs-person.tsx';
import { Runbook } from './pages/runbook.tsx';
import { Target } from './pages/target/target.tsx';
import { Targets } from './pages/targets.tsx';
import { Messages } from './parts/messages.tsx';
import { Empty } from './parts/small.tsx';
import { type Route, routeOf, useLocation } from './router.ts';
import { roleWord, SessionContext } from './session.ts';
import type { Account } from './sign-in.ts';

const links = [
  ['/', 'Needs a person', 'needs-person'],
  ['/targets', 'Targets', 'targets'],
  ['/fleet', 'Fleet', 'fleet'],
  ['/leak', 'Leak', 'leak'],
  ['/reasons', 'Runbook', 'runbook'],
] as const;

/** The whole dashboard, for somebody who is signed in. */
export function App({ who, onSignOut }: { who: Account; onSignOut: () => void }) {
  const { path, query } = useLocation();
  const route = routeOf(path);
  return (
    <SessionContext.Provider value={who}>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <header class="top">
        <a class="brand" href="/">
          Keyturn
        </a>
        <nav aria-label="Pages">
          {links.map(([href, label, page]) => (
            <a key={href} href={href} aria-current={isWithin(route, page) ? 'page' : undefined}>
              {label}
              {page === 'needs-person' && who.roles.length > 0 && <Count />}
            </a>
          ))}
        </nav>
        <div class="who">
          <span>
            {who.name} <span class="quiet">{roleWord(who.roles)}</span>
          </span>
          <button type="button" onClick={onSignOut}>
            Sign out
          </button>
        </div>
      </header>
      <main id="main">
        {who.roles.length === 0 ? (
          <>
            <h1>No access yet</h1>
            <Empty title={`${who.name} has no role for this Keyturn.`}>
              Ask whoever runs it to assign you the app role Keyturn.Read, Keyturn.Operate or Keyturn.Admin in Entra ID,
              then sign in again.
            </Empty>
          </>
        ) : (
          <Page route={route} query={query} path={path} />
        )}
      </main>
      <Messages />
    </SessionContext.Provider>
  );
}

function isWithin(route: Route, page: (typeof links)[number][2]): boolean {
  return route.page === page || (page === 'targets' && route.page === 'target');
}

/** How many targets wait for a person: what the page of that name has asked, or asks the same. */
function Count() {
  const { data } = useLive<TargetsPage<ListedTarget>>(concernsPath, () => 60_000);
  if (data === null || data.total === 0) return null;
  return (
    <span class="count-badge">
      {data.total}
      <span class="unseen"> targets</span>
    </span>
  );
}

/** The page of a path. A new page is announced by its heading, which takes the focus. */
function Page({ route, query, path }: { route: Route; query: URLSearchParams; path: string }) {
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${titleOf(route)} · Keyturn`;
    if (isFirst.current) isFirst.current = false;
    else document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  }, [path]);
  switch (route.page) {
    case 'needs-person':
      return <NeedsPerson />;
    case 'targets':
      return <Targets query={query} />;
    case 'target':
      return <Target key={route.name} name={route.name} view={route.view} />;
    case 'leak':
      return <Leak query={query} />;
    case 'fleet':
      return <Fleet />;
    case 'runbook':
      return <Runbook word={route.word} />;
    case 'unknown':
      return (
        <>
          <h1 tabIndex={-1}>No such page</h1>
          <Empty title="There is nothing at this address.">
            <a href="/">What needs a person</a> · <a href="/targets">All targets</a>
          </Empty>
        </>
      );
  }
}

function titleOf(route: Route): string {
  if (route.page === 'target') return route.name;
  if (route.page === 'runbook' && route.word !== null) return route.word;
  return links.find(([, , page]) => page === route.page)?.[1] ?? 'No such page';
}
