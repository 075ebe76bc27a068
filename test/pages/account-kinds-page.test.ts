import { expect, it } from 'vitest';
import { accountHosts } from '../../src/keys/account-hosts.ts';
import { type AccountKind, accountKinds } from '../../src/keys/account-kinds.ts';
import { probeCalls } from '../../src/keys/probe-calls.ts';

const hosts = {
  custom: 'own',
  openai: 'OpenAI',
  foundry: 'Foundry',
  regional: 'region',
  translator: 'Translator',
};

function keyProof({ key }: AccountKind): string {
  if ('probe' in key) return `\`control-plane-only\`: ${key.detail}`;
  const names = [...new Set(Object.values(key))];
  return names
    .map((name) => {
      const at = Object.entries(key).flatMap(([host, one]) =>
        one === name ? [hosts[host as keyof typeof hosts]] : [],
      );
      return `\`${name}\` (${at.join(', ')})`;
    })
    .join('; ');
}

function row([name, kind]: [string, AccountKind]): string {
  const zones = kind.zones.flatMap((host) => accountHosts.public[host].zone ?? []);
  const token = kind.token === 'as-key' ? 'yes' : 'no';
  const roles = kind.roles.map((role) => role.name).join(', ');
  return `| \`${name}\` | ${kind.title} | ${keyProof(kind)} | ${token} | ${zones.map((zone) => `\`${zone}\``).join(', ')} | ${roles} |`;
}

const page = `# Kinds of accounts

For application developers and platform engineers: find your account's kind in the table. It shows what Keyturn can prove, and
which role and DNS zones your application needs.

\`\`\`sh
az cognitiveservices account show --name ai-contoso --resource-group <your-group> --query kind
\`\`\`

- **Proof with a key**: [the call](#the-calls) that shows that a key is accepted, and at which host: the account's own (a custom subdomain), its
  region's, or OpenAI's. \`control-plane-only\`, and every kind that is not listed: adoption and rotation are refused with \`kind-not-probeable\`,
  unless the target sets \`probe: control-plane-only\`. Then \`listKeys\` is the only proof.
- **Keyless proof**: whether the same call proves a token, so that Keyturn can turn keys off. Tokens need a custom subdomain.
- **Private DNS zones** of the public cloud. They end in \`azure.us\` and \`azure.cn\` elsewhere; Foundry's host has none there.
- **Data role**: the least built-in role for calls with a token. Cognitive Services User can also list keys.

A key counts as refused only if the endpoint answers 401 with the gateway's words (\`invalid subscription key\`).
Each row's source is in [account-kinds.ts](../src/keys/account-kinds.ts).

| kind | service | proof with a key | keyless proof | private DNS zones | data role |
|---|---|---|---|---|---|
${Object.entries(accountKinds).map(row).join('\n')}

## The calls

| call | request | data action of a token |
|---|---|---|
${Object.entries(probeCalls)
  .map(([name, { method, path, dataAction }]) => `| \`${name}\` | \`${method} ${path}\` | \`${dataAction}\` |`)
  .join('\n')}
`;

it('the page on kinds of accounts is what the table says', async () => {
  await expect(page).toMatchFileSnapshot('../../docs/account-kinds.md');
});
