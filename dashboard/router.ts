import { useEffect, useState } from 'preact/hooks';

/** Where a page is. Cards in Teams and Slack lead to these paths. */
export type Route =
  | { readonly page: 'needs-person' }
  | { readonly page: 'targets' }
  | { readonly page: 'target'; readonly name: string; readonly view: TargetView }
  | { readonly page: 'leak' }
  | { readonly page: 'fleet' }
  | { readonly page: 'runbook' /** Null: all of them. */; readonly word: string | null }
  | { readonly page: 'unknown' };

export const targetViews = ['now', 'history', 'diagnosis', 'network', 'access', 'keyless'] as const;
export type TargetView = (typeof targetViews)[number];

/** The page of a path. */
export function routeOf(pathname: string): Route {
  const [first = '', second, third, ...more] = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  if (more.length > 0) return { page: 'unknown' };
  if (first === 'targets' && second !== undefined) {
    const view = targetViews.find((one) => one === (third ?? 'now'));
    return view === undefined ? { page: 'unknown' } : { page: 'target', name: second, view };
  }
  if (third !== undefined) return { page: 'unknown' };
  if (first === 'reasons') return { page: 'runbook', word: second ?? null };
  if (second !== undefined) return { page: 'unknown' };
  switch (first) {
    case '':
      return { page: 'needs-person' };
    case 'targets':
    case 'leak':
    case 'fleet':
      return { page: first };
    default:
      return { page: 'unknown' };
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function targetHref(name: string, view: TargetView = 'now'): string {
  return `/targets/${encodeURIComponent(name)}${view === 'now' ? '' : `/${view}`}`;
}

const listeners = new Set<() => void>();

/** Goes there without loading the page again. */
export function go(href: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  for (const listener of listeners) listener();
}

/** The present path and query; links of this page go there without loading it again. */
export function useLocation(): { readonly path: string; readonly query: URLSearchParams } {
  const [at, set] = useState(location.pathname + location.search);
  useEffect(() => {
    const note = () => set(location.pathname + location.search);
    listeners.add(note);
    addEventListener('popstate', note);
    document.addEventListener('click', onClick);
    return () => {
      listeners.delete(note);
      removeEventListener('popstate', note);
      document.removeEventListener('click', onClick);
    };
  }, []);
  const [path = '/', query = ''] = at.split('?');
  return { path, query: new URLSearchParams(query) };
}

function onClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || link.origin !== location.origin || link.target !== '' || link.hasAttribute('download')) return;
  if (link.hash !== '' && link.pathname === location.pathname) return;
  event.preventDefault();
  go(link.pathname + link.search);
  scrollTo(0, 0);
}
