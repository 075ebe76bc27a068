/** What Azure tells of a key that somebody has regenerated: a hint of where to look, never a fact to act on. */
export interface RegeneratedKey {
  /** The account's resource id, as the event has it. */
  readonly accountId: string;
  /** The object id of who did it; null: the event does not say. */
  readonly by: string | null;
  /** When it happened by Azure's clock; null: the event does not say. */
  readonly atMs: number | null;
}
