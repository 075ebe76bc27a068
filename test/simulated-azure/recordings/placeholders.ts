import { createHash } from 'node:crypto';

/**
 * Fills what a published text leaves open, the same way wherever it stands in one file, so that an answer still names
 * what the request named: `<vault>`, `{accountName}`, and subscription names that are no GUID.
 */
export function fillPlaceholders(fileText: string): string {
  const opened = fileText
    .replaceAll(/https:\/\/<(account|resource)>\/<path>/g, 'https://eastus.api.cognitive.microsoft.com/<path>')
    .replaceAll(/(cognitive\.microsoft\.com)\/<path>/g, '$1/text/analytics/v3.1/languages');
  // In a message `{name}` may be what Azure itself wrote; it is a placeholder where a request has it too.
  const links = [...opened.matchAll(/"ur[il]": *"([^"]*)"/g)].map(([, link]) => link ?? '').join();
  const named = opened
    .replaceAll(/<([a-zA-Z][\w ]{0,40})>/g, (whole, name: string) => fill(name) ?? whole)
    .replaceAll(/\{([a-zA-Z][\w ]{0,40})\}/g, (whole, name: string) =>
      links === '' || links.includes(whole) ? (fill(name) ?? whole) : whole,
    );
  return (
    named
      // The action `Microsoft.Resources/subscriptions/resourcegroups/read` names none.
      .replaceAll(/(?<!Microsoft\.Resources)\/subscriptions\/([^/"'?\s]+)/gi, (whole, id: string) =>
        GUID.test(id) ? whole : whole.replace(id, guidOf(id)),
      )
      .replaceAll(
        /(login\.(?:windows\.net|microsoftonline\.com)\/)([^/"\\?\s]+)/gi,
        (whole, authority: string, tenant: string) =>
          GUID.test(tenant) || tenant === 'common' ? whole : `${authority}${guidOf(tenant)}`,
      )
  );
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What stands for a name; null for names that are no placeholder of a request (`<present>`, `<client ip>`). */
function fill(name: string): string | null {
  switch (name.toLowerCase()) {
    case 'present':
    case 'client ip':
    case 'omitted':
    case 'eof':
    case 'user':
      return null;
    case 'id':
    case 'subscriptionid':
    case 'guid':
    case 'uuid':
    case 'appid':
    case 'oid':
    case 'objectid':
    case 'tenant':
    case 'other tenant':
    case 'azure_subscription_id':
      return guidOf(name);
    case 'not stated':
      return NOT_STATED_VERSION;
    case 'region':
    case 'location':
      return 'eastus';
    case 'ip':
      return '203.0.113.7';
    case 'cut':
      return null;
    default:
      return `contoso-${name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}`;
  }
}

/** Stands where a report does not say the api-version; `load-recordings` puts one that fits the host in its place. */
export const NOT_STATED_VERSION = 'not-stated-version';

/** A GUID that depends only on the text. */
export function guidOf(text: string): string {
  const hex = createHash('sha256').update(text.toLowerCase()).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
