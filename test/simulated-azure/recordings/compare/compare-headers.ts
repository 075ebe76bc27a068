import type { Evidence } from '../recorded-file.ts';
import { type Difference, shown } from './difference.ts';
import { linkForm } from './link-form.ts';
import { masked } from './masked.ts';

/** How a header that clients act on is compared. The rest (dates, caching, servers' names) tells nothing about a service. */
interface TellingHeader {
  readonly name: RegExp;
  /** `value`: the same text, ids and dates masked; `form`: a link of the same form; `presence`: there or not. */
  readonly compare: 'value' | 'form' | 'presence';
  /** Its absence tells as much as its presence. */
  readonly absenceTells: boolean;
}

const TELLING_HEADERS: readonly TellingHeader[] = [
  { name: /^content-type$/, compare: 'value', absenceTells: true },
  { name: /^www-authenticate$/, compare: 'value', absenceTells: true },
  { name: /^location$/, compare: 'form', absenceTells: true },
  { name: /^azure-asyncoperation$/, compare: 'form', absenceTells: true },
  // Some recorders leave it out, so that replays are fast.
  { name: /^retry-after$/, compare: 'presence', absenceTells: false },
  { name: /^etag$/, compare: 'form', absenceTells: false },
  { name: /^x-ms-failure-cause$/, compare: 'value', absenceTells: true },
  { name: /^x-ms-request-charge$/, compare: 'presence', absenceTells: false },
  {
    name: /^x-ms-ratelimit-remaining-(subscription|tenant)-(reads|writes|deletes)$/,
    compare: 'presence',
    absenceTells: false,
  },
  {
    name: /^x-ms-ratelimit-remaining-subscription-global-(reads|writes|deletes)$/,
    compare: 'presence',
    absenceTells: false,
  },
  { name: /^x-ms-keyvault-(region|service-version|network-info)$/, compare: 'presence', absenceTells: false },
  { name: /^x-ms-keyvault-rbac-(assignment-id|cache)$/, compare: 'presence', absenceTells: true },
  { name: /^x-ms-client-request-id$/, compare: 'presence', absenceTells: true },
  { name: /^apim-request-id$/, compare: 'presence', absenceTells: false },
  { name: /^csp-billing-usage$/, compare: 'value', absenceTells: true },
  { name: /^x-ms-region$/, compare: 'presence', absenceTells: false },
  { name: /^policy-id$/, compare: 'value', absenceTells: true },
  { name: /^x-ratelimit-(limit|remaining)-(requests|tokens)$/, compare: 'presence', absenceTells: false },
  { name: /^azureml-model-session$/, compare: 'presence', absenceTells: false },
];

/** Every telling header in which the live answer is not the recorded one. */
export function compareHeaders(
  recorded: Readonly<Record<string, string>>,
  live: Headers,
  context: { readonly evidence: Evidence; readonly echoed: string },
): Difference[] {
  if (context.evidence === 'example') return [];
  const names = [...new Set([...Object.keys(recorded), ...live.keys()])];
  return names.flatMap((name): Difference[] => {
    const telling = TELLING_HEADERS.find((header) => header.name.test(name));
    if (telling === undefined) return [];
    const expected = recorded[name];
    const got = live.get(name) ?? live.get(countedToday(name)) ?? undefined;
    const differs = [{ path: `header ${name}`, expected: shown(expected), got: shown(got) }];
    if (expected === undefined) return telling.absenceTells && context.evidence === 'recording' ? differs : [];
    if (got === undefined) return differs;
    switch (telling.compare) {
      case 'presence':
        return [];
      case 'value':
        return masked(expected, context.echoed) === masked(got, context.echoed) ? [] : differs;
      case 'form':
        return linkForm(expected) === linkForm(got) ? [] : differs;
      default:
        return differs;
    }
  });
}

/** Until about 2017 Azure Resource Manager counted a DELETE as a write. */
function countedToday(name: string): string {
  return name.replace(/^(x-ms-ratelimit-remaining-subscription)-writes$/, '$1-deletes');
}
