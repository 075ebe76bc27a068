/**
 * Whether a table's row key may hold `text`: no `/ \ # ?`, no control characters, and short enough to be the end of one
 * (a key has 512 characters at most).
 * https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#characters-disallowed-in-key-fields
 */
export function isTableKey(text: string): boolean {
  return !/[/\\#?\p{Cc}]/u.test(text) && text.length <= 400;
}
