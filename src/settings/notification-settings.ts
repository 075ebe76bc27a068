import {
  type NotificationChoices,
  type NotificationKind,
  notificationKinds,
  webhookFormats,
} from '../notifications/choices.ts';
import { type FieldProblem, found } from '../shared/field-problem.ts';
import { SecretText } from '../shared/secret-text.ts';
import type { Variables } from './variables.ts';

/**
 * How people are notified, or everything that is wrong with it. The webhook's address is never shown, not in part: anybody who
 * knows it may post.
 * @param topicSuffix of the cloud's custom topics
 */
export function notificationSettings(
  variables: Variables,
  topicSuffix: string,
): { readonly notifier: NotificationChoices; readonly problems: readonly FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const notifier: NotificationChoices = {
    topicEndpoint: topicEndpoint(variables.KEYTURN_EVENT_GRID_TOPIC, topicSuffix, problems),
    webhook: webhook(variables, problems),
    kinds: kinds(variables.KEYTURN_NOTIFY, problems),
    dashboard: dashboard(variables.WEBSITE_HOSTNAME),
  };
  return { notifier, problems };
}

/**
 * Set by the platform: https://learn.microsoft.com/azure/app-service/reference-app-settings. The local tools set a name with a
 * port, which no card can lead to.
 */
function dashboard(hostName: string | undefined): string | null {
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(hostName ?? '') ? `https://${hostName}` : null;
}

function topicEndpoint(text: string | undefined, suffix: string, problems: FieldProblem[]): string | null {
  if (text === undefined) return null;
  const url = URL.parse(text);
  const isTopic = url?.hostname.endsWith(`.${suffix}`) === true && url.pathname === '/api/events';
  if (isTopic && isPlainHttps(url) && url.search === '') return url.href;
  const accepted = `the endpoint of a custom topic: https://<topic>.<region>-1.${suffix}/api/events`;
  problems.push({ field: 'KEYTURN_EVENT_GRID_TOPIC', found: found(text), accepted });
  return null;
}

function webhook(variables: Variables, problems: FieldProblem[]): NotificationChoices['webhook'] {
  const { KEYTURN_WEBHOOK_URL: text, KEYTURN_WEBHOOK_FORMAT: named } = variables;
  const format = webhookFormats.find((one) => one === (named ?? 'cloudevents'));
  if (format === undefined || (named !== undefined && text === undefined))
    problems.push({
      field: 'KEYTURN_WEBHOOK_FORMAT',
      found: found(named),
      accepted: `${webhookFormats.join(', ')}, beside KEYTURN_WEBHOOK_URL`,
    });
  if (text === undefined) return null;
  const problem = webhookProblem(text);
  if (problem !== null)
    problems.push({
      field: 'KEYTURN_WEBHOOK_URL',
      found: problem,
      accepted: 'an https address with a host name, or a Key Vault reference that the platform resolves',
    });
  return problem === null && format !== undefined ? { url: new SecretText(text), format } : null;
}

function webhookProblem(text: string): string | null {
  const url = URL.parse(text);
  if (url === null) return 'a text that is no address (not shown)';
  if (!isPlainHttps(url)) return 'an address that is not https, or holds a user or a fragment (not shown)';
  return isInside(url.hostname) ? 'the address of a machine instead of a host name (not shown)' : null;
}

/** Names that lead inside: to this machine, to its neighbours, or to where the platform gives out tokens. RFC 6761, 6762, 8375 and what clouds use. */
const insideNames = ['localhost', 'localdomain', 'local', 'internal', 'home.arpa', 'lan'];

/** @param hostname as `URL` gives it: in lower case, every spelling of an IPv4 address as four numbers */
function isInside(hostname: string): boolean {
  // With a period at its end a name means the same.
  const name = hostname.replace(/\.+$/, '');
  const isAddress = name.startsWith('[') || /^[\d.]+$/.test(name);
  return isAddress || !name.includes('.') || insideNames.some((inside) => name.endsWith(`.${inside}`));
}

function isPlainHttps(url: URL): boolean {
  return url.protocol === 'https:' && url.username === '' && url.password === '' && url.hash === '';
}

function kinds(text: string | undefined, problems: FieldProblem[]): readonly NotificationKind[] {
  if (text === undefined) return notificationKinds;
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const unknown = words.filter((word) => !notificationKinds.some((kind) => kind === word));
  if (words.length > 0 && unknown.length === 0) return notificationKinds.filter((kind) => words.includes(kind));
  const accepted = `one or more of ${notificationKinds.join(', ')}`;
  problems.push({ field: 'KEYTURN_NOTIFY', found: found(unknown.join(' ')), accepted });
  return notificationKinds;
}
