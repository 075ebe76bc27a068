/** What a filter can ask of a resource. */
export interface FilteredResource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly location: string;
  readonly identity?: unknown;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface ResourceFilter {
  readonly matches: (resource: FilteredResource) => boolean;
  /** One that names a value of a tag is answered without tags. */
  readonly hidesTags: boolean;
}

type Condition = FilterPart & { readonly matches: (resource: FilteredResource, tagName: string) => boolean };

interface FilterPart {
  readonly field: string;
  readonly value: string;
}

/**
 * The documented `$filter` of lists of resources: `eq` and `ne`, `substringof` and `startswith`, joined by `and` and `or`.
 * Null when it holds anything else. https://learn.microsoft.com/rest/api/resources/resources/list
 */
export function resourceFilter(text: string): ResourceFilter | null {
  if (text.trim() === '') return { matches: () => true, hidesTags: false };
  const alternatives = splitAt('or', text).map((alternative) => splitAt('and', alternative).map(condition));
  const all = alternatives.flat();
  if (all.some((one) => one === null)) return null;
  const known = alternatives.map((one) => one.filter((part) => part !== null));
  return {
    matches: (resource) =>
      known.some((conditions) => {
        const tagName = conditions.find(({ field }) => field === 'tagname')?.value ?? '';
        return conditions.every((one) => one.matches(resource, tagName));
      }),
    hidesTags: known.some((conditions) => conditions.some(({ field }) => field === 'tagvalue')),
  };
}

/** Splits at a word that stands outside of quotes. */
function splitAt(word: 'and' | 'or', text: string): string[] {
  return text.split(new RegExp(`\\s${word}\\s(?=(?:[^']*'[^']*')*[^']*$)`, 'i'));
}

function condition(text: string): Condition | null {
  const [, left = '', operator = '', right = ''] = /^\s*([\w/]+)\s+(eq|ne)\s+'([^']*)'\s*$/i.exec(text) ?? [];
  if (left !== '') return comparison({ field: left.toLowerCase(), value: right }, operator.toLowerCase() === 'ne');
  const [, part = '', within = ''] =
    /^\s*substringof\(\s*'([^']*)'\s*,\s*(name|resourceGroup)\s*\)\s*$/i.exec(text) ?? [];
  if (within !== '') {
    const field = within.toLowerCase();
    return { field, value: part, matches: (one) => (textOf(one, field) ?? '').includes(part.toLowerCase()) };
  }
  const [, start] = /^\s*startswith\(\s*tagName\s*,\s*'([^']*)'\s*\)\s*$/i.exec(text) ?? [];
  if (start === undefined) return null;
  const isSuch = (name: string) => name.toLowerCase().startsWith(start.toLowerCase());
  return { field: 'tagnamestart', value: start, matches: ({ tags = {} }) => Object.keys(tags).some(isSuch) };
}

function comparison({ field, value }: FilterPart, negated: boolean): Condition | null {
  if (field === 'tagname' && !negated) {
    return { field, value, matches: ({ tags = {} }) => Object.keys(tags).some((name) => same(name, value)) };
  }
  if (field === 'tagvalue' && !negated) {
    const matches: Condition['matches'] = ({ tags = {} }, tagName) =>
      Object.entries(tags).some(([name, text]) => same(name, tagName) && text === value);
    return { field, value, matches };
  }
  if (!fields.includes(field)) return null;
  return { field, value, matches: (one) => (textOf(one, field) === value.toLowerCase()) !== negated };
}

const fields = [
  ...['location', 'resourcetype', 'name', 'resourcegroup', 'identity', 'identity/principalid'],
  ...['plan', 'plan/publisher', 'plan/product', 'plan/name', 'plan/version', 'plan/promotioncode'],
];

/** In lower case; nothing here has a plan. */
function textOf({ id, name, type, location, identity }: FilteredResource, field: string): string | undefined {
  switch (field) {
    case 'location':
      return location.replaceAll(' ', '').toLowerCase();
    case 'resourcetype':
      return type.toLowerCase();
    case 'name':
      return name.toLowerCase();
    case 'resourcegroup':
      return id.split('/')[4]?.toLowerCase();
    case 'identity/principalid':
      return typeof identity === 'object' && identity !== null && 'principalId' in identity
        ? String(identity.principalId).toLowerCase()
        : undefined;
    default:
      return undefined;
  }
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
