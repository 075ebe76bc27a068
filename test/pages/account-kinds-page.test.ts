import { expect, it } from 'vitest';
import { accountHosts } from '../../src/keys/account-hosts.ts';
import { type AccountKind, accountKinds } from '../../src/keys/account-kinds.ts';
import { probeCalls } from '../../src/keys/probe-calls.ts';

const hosts = {
  custom: 'its own',
  openai: 'OpenAI',
  foundry: 'Foundry',
  regional: "its region's",
  translator: "Translator's",
};

function keyProof({ key }: AccountKind): string {
  if ('probe' in key) return `\`control-plane-only\`: ${key.detail}`;
  const names = [...new Set(Object.values(key))];
  return names
    .map((name) => {
      const at = Object.entries(key).flatMap(([host, one]) =>
        one === name ? [hosts[host as keyof typeof hosts]] : [],
      );
      return `\`${name}\` at ${at.join(', ')} host`;
    })
    .join('; ');
}

function row([name, kind]: [string, AccountKind]): string {
  const zones = kind.zones.flatMap((host) => accountHosts.public[host].zone ?? []);
  const token = kind.token === 'as-key' ? 'yes' : 'no';
  const sources = kind.sources.join(' ');
  const roles = kind.roles.map((role) => role.name).join(', ');
  return `| \`${name}\` | ${kind.title} | ${keyProof(kind)} | ${token} | ${zones.map((zone) => `\`${zone}\``).join(', ')} | ${roles} | ${sources} |`;
}

const page = `# Kinds of accounts

What Keyturn knows of each kind of account. The page is made from the table in \`src/keys/account-kinds.ts\`; a test keeps the two equal.

- **Proof with a key**: the call that tells an accepted key from a refused one. A rotation proves each new key with it, and adoption the
  key that consumers use. Where none is known, the kind or the host is \`control-plane-only\`: adoption and rotation are refused with
  \`kind-not-probeable\` before anything is written or regenerated. With \`probe: control-plane-only\` on the target its keys are rotated all
  the same, and \`listKeys\` is the whole proof.
- **Keyless proof**: whether the same call tells that Keyturn's token is accepted. Without it keys cannot be turned off by Keyturn. Tokens
  need a custom subdomain.
- **Private DNS zones**: of the public cloud. In Azure Government and Azure China they end in \`azure.us\` and \`azure.cn\`, and there is none for
  Foundry's host.
- **Data role**: the least built-in role that lets an identity use the service with a token. Cognitive Services User can also list keys.

Kinds that are not listed are treated as kinds without a proof. The case of a kind's name does not matter. A key is refused only where the
endpoint answers 401 with the words of the gateway (\`invalid subscription key\`); any other answer says nothing of the key.

| kind | service | proof with a key | keyless proof | private DNS zones | data role | sources |
|---|---|---|---|---|---|---|
${Object.entries(accountKinds).map(row).join('\n')}

## The calls

| call | request | data action of a token | source |
|---|---|---|---|
${Object.entries(probeCalls)
  .map(
    ([name, { method, path, dataAction, source }]) =>
      `| \`${name}\` | \`${method} ${path}\` | \`${dataAction}\` | ${source} |`,
  )
  .join('\n')}
`;

it('the page on kinds of accounts is what the table says', async () => {
  await expect(page).toMatchFileSnapshot('../../docs/account-kinds.md');
});
