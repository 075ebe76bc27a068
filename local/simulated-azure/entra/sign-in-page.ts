/** A page of the simulated Entra's own. It says what it is: nobody is asked for a password here. */
export function signInPage(
  title: string,
  content: string,
  { status = 200, headers = {} }: { readonly status?: number; readonly headers?: Record<string, string> } = {},
): Response {
  const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{display:grid;place-items:center;min-height:95vh;margin:0}main{width:min(22rem,90vw);padding:1.5rem;border:1px solid #8886;border-radius:.5rem}h1{font-size:1.3rem;margin:0 0 .5rem}button{display:block;width:100%;margin:.5rem 0;padding:.6rem;font:inherit;text-align:left;cursor:pointer}small{opacity:.7}`;
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
<main>
<small>Simulated Entra ID, on this machine only</small>
<h1>${escaped(title)}</h1>
${content}
</main>
</html>
`;
  return new Response(body, {
    status,
    headers: {
      ...headers,
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store, no-cache',
      'x-frame-options': 'DENY',
    },
  });
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
