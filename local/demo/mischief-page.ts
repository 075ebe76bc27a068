import type { SimulatedAzure } from '../simulated-azure/simulated-azure.ts';
import { mischiefs } from './mischief.ts';

export const mischiefPath = '/mischief';

/** The menu, and what its buttons do. @param url the menu's own origin: no other site's page presses them */
export async function mischiefPage(azure: SimulatedAzure, request: Request, url: string): Promise<Response> {
  const id = new URL(request.url).pathname.slice(mischiefPath.length + 1);
  if (request.method === 'GET' && id === '') return menu(azure, null);
  const mischief = mischiefs.find((one) => one.id === id);
  if (request.method !== 'POST' || mischief === undefined) return new Response(null, { status: 404 });
  if (request.headers.get('origin') !== url) return new Response(null, { status: 403 });
  return menu(azure, await mischief.act(azure));
}

function menu(azure: SimulatedAzure, happened: string | null): Response {
  const style =
    ':root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}main{max-width:46rem;margin:2rem auto;padding:0 1rem}form{display:grid;grid-template-columns:1fr 6rem;gap:1rem;align-items:start;border-top:1px solid #8886;padding:.8rem 0}h2{font-size:1rem;margin:0}p{margin:0}button{font:inherit;padding:.4rem}[role=status]{padding:.6rem .8rem;margin:1rem 0;border-left:4px solid #0f6cbd;background:#8882;overflow-wrap:anywhere}';
  const rows = mischiefs.map(({ id, title, text, state }) => {
    const word = state(azure) === 'undo' ? 'Undo' : 'Do it';
    return `<form method="post" action="${mischiefPath}/${id}"><div><h2>${title}</h2><p>${text}</p></div><button aria-label="${word}: ${title}">${word}</button></form>`;
  });
  const status = happened === null ? '' : `<p role="status">${happened}</p>`;
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mischief in the simulated Azure</title>
<style>${style}</style>
<main>
<h1>Mischief in the simulated Azure</h1>
<p>Break something, then find and mend it in the <a href="/">dashboard</a>. Nothing here is part of Keyturn.</p>
${status}
${rows.join('\n')}
</main>
</html>
`;
  return new Response(body, { headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' } });
}
