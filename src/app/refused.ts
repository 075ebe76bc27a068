import type { MissingPermission } from '../shared/missing-permission.ts';
import type { PlannedSecret, StoredView } from '../targets/stored-view.ts';

/** A request that the state of things does not allow: becomes 409 with this reason and sentence; nothing has changed but what `changed` names. */
export interface NotNow {
  readonly kind: 'not-now';
  readonly reason: string;
  readonly detail: string;
  /** The rotation that stands in the way, if one does. */
  readonly rotationId: string | null;
  readonly retryAfterMs: number | null;
  /** Of an action: the states in which it would be possible. */
  readonly legalIn?: readonly string[];
  /** Of an adoption or repair that is to be gone on with, or that others stopped midway: the secrets that it had written. */
  readonly changed?: readonly Pick<StoredView, 'secret' | 'change'>[];
  /** Of an adoption: what it will do to each secret when nothing stands in the way any more, as far as that was planned. */
  readonly planned?: readonly PlannedSecret[];
}

/** Azure could not be asked or did not allow it: becomes 502 or 503. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly reason: string;
  readonly detail: string;
  /** Azure's own code, if it refused for good. */
  readonly code?: string;
  readonly retryAfterMs: number | null;
  /** The action or data action that Keyturn's identity lacks, if Azure named it, and what to do about it. */
  readonly missing?: MissingPermission | null;
  /** Of an adoption or repair: the secrets that it had written before. */
  readonly changed?: readonly Pick<StoredView, 'secret' | 'change'>[];
}

/** What was seen is no longer what `If-Match` says: 412, nothing changed. */
export interface ChangedMeanwhile {
  readonly kind: 'changed-meanwhile';
  readonly etag: string;
}

export interface UnknownTarget {
  readonly kind: 'unknown-target';
}

export interface UnknownRotation {
  readonly kind: 'unknown-rotation';
}
