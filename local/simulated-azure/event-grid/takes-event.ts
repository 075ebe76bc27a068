import type { EventSubscription } from './event-grid-world.ts';

/** Whether a subscription takes an event, by its source and its filter. */
export function takesEvent(
  { source, filter, provisioningState }: EventSubscription,
  event: { readonly source: string; readonly type: string; readonly subject: string },
): boolean {
  const { includedEventTypes, subjectBeginsWith, subjectEndsWith, isSubjectCaseSensitive } = filter;
  const cased = (text: string) => (isSubjectCaseSensitive ? text : text.toLowerCase());
  const subject = cased(event.subject);
  return (
    provisioningState !== 'Failed' &&
    provisioningState !== 'Deleting' &&
    source.toLowerCase() === event.source.toLowerCase() &&
    (includedEventTypes === null ||
      includedEventTypes.some((type) => type === 'All' || type.toLowerCase() === event.type.toLowerCase())) &&
    subject.startsWith(cased(subjectBeginsWith)) &&
    subject.endsWith(cased(subjectEndsWith))
  );
}
