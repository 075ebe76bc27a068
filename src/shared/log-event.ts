interface AboutNotification {
  readonly id: string;
  readonly kind: string;
  /** Null: it is about the instance as a whole. */
  readonly target: string | null;
  readonly rotationId: string | null;
}

/**
 * Everything that Keyturn logs. A closed union without a free-form field: names, ids, closed words, numbers. A new line in
 * the log is a new member here, never a text built somewhere else; so no key and no SDK message can slip in.
 */
export type LogEvent =
  /** A worker process has loaded the app: one line per process. */
  | { readonly event: 'app-started'; readonly version: string }
  /** The app cannot work until the named settings are put right; the fields are names, values stay out. */
  | { readonly event: 'settings-refused'; readonly fields: readonly string[] }
  | {
      readonly event: 'request-answered';
      readonly function: string;
      readonly requestId: string;
      readonly status: number;
      /** The problem's reason, or null for a success. */
      readonly reason: string | null;
      /** Object id of the caller, also of one who lacks the role; null if the token was refused or could not be checked. */
      readonly operator: string | null;
      readonly target: string | null;
    }
  /** A queue message that is not a wake-up: acknowledged, since trying it again would change nothing. */
  | { readonly event: 'wake-up-malformed'; readonly fields: readonly string[] }
  /** A wake-up led to nothing: another worker is at it, or there is nothing to do. */
  | {
      readonly event: 'wake-up-dropped';
      readonly target: string;
      readonly reason:
        | 'unknown-target'
        /** No targets document was ever accepted: the sweep wakes it again once one is. */
        | 'targets-unknown'
        | 'not-adopted'
        | 'stale-message'
        | 'busy'
        | 'nothing-to-do'
        | 'paused'
        | 'newer-schema'
        | 'adopted-elsewhere';
    }
  /** A former worker vanished while it held the account; nothing is written before its last calls have settled. */
  | { readonly event: 'account-taken-over'; readonly target: string; readonly untilMs: number }
  | {
      readonly event: 'rotation-moved';
      readonly target: string;
      readonly rotationId: string;
      /** A state, `suspended`, or how it ended. */
      readonly to: string;
      readonly reason: string | null;
    }
  | {
      readonly event: 'rotation-waits';
      readonly target: string;
      readonly rotationId: string;
      readonly state: string;
      readonly reason: string;
      readonly forMs: number;
    }
  | {
      readonly event: 'call-failed';
      readonly target: string;
      readonly rotationId: string;
      readonly state: string;
      readonly kind: 'not-applied' | 'outcome-unknown' | 'refused';
      readonly code: string;
      /** The action or data action that the identity lacks, if Azure named it. */
      readonly action: string | null;
    }
  /** Right after a copy was written, settings of the same app stood otherwise than a moment before: somebody else changed them, and nothing is restored. Their names only. */
  | {
      readonly event: 'settings-changed-by-others';
      readonly target: string;
      readonly copy: string;
      readonly settings: readonly string[];
    }
  | { readonly event: 'lease-lost'; readonly target: string }
  | { readonly event: 'storage-failed'; readonly target: string; readonly code: string }
  | { readonly event: 'wake-up-not-sent'; readonly target: string; readonly code: string }
  /** Somebody asked whose a key is; empty: none of Keyturn's, or it could not be found out. */
  | { readonly event: 'key-identified'; readonly operator: string; readonly targets: readonly string[] }
  | {
      readonly event: 'target-adopted' | 'target-repaired' | 'target-offboarded';
      readonly target: string;
      readonly operator: string;
      readonly secretsChanged: number;
    }
  | {
      readonly event: 'network-change-begun';
      readonly target: string;
      readonly changeId: string;
      readonly operator: string;
    }
  /** `reason` is `applied`, or from the closed lists why not; `code` Azure's own word for it, if there is one. */
  | {
      readonly event: 'network-change-ended';
      readonly target: string;
      readonly changeId: string;
      readonly reason: string;
      readonly code: string | null;
    }
  /** Vault, account and journal disagree, or no longer do; `reason` from the closed lists. */
  | { readonly event: 'drift-gone'; readonly target: string; readonly reason: string }
  /** `code`: Azure's, if it refused the look. */
  | { readonly event: 'drift-found'; readonly target: string; readonly reason: string; readonly code: string | null }
  /** The account's row was gone, and was recreated from the vault's tags and the account's keys. */
  | { readonly event: 'journal-rebuilt'; readonly target: string }
  /** So many scheduled rotations are suspended that the schedule starts no more, or those of discovered targets no more. */
  | { readonly event: 'circuit-breaker-open'; readonly failed: number; readonly openFor: 'everybody' | 'discovered' }
  | { readonly event: 'circuit-breaker-closed'; readonly failed: number }
  /** An operator lets the schedule go on in spite of what holds targets up. */
  | { readonly event: 'circuit-breaker-reset'; readonly operator: string; readonly what: readonly string[] }
  /** Azure asked for a pause; until then this instance asks it nothing more in the subscription. */
  | { readonly event: 'subscription-throttled'; readonly subscriptionId: string; readonly forMs: number }
  /** Somebody stopped the whole instance, or let it go on. */
  | { readonly event: 'instance-paused' | 'instance-resumed'; readonly operator: string }
  /** A change of hardening begins, or is over; `outcome` from the area's closed list. */
  | {
      readonly event: 'hardening-change-begun' | 'hardening-change-called-off';
      readonly target: string;
      readonly area: 'network' | 'access' | 'keyless';
      readonly operator: string;
    }
  | {
      readonly event: 'hardening-change-ended';
      readonly target: string;
      readonly area: 'network' | 'access' | 'keyless';
      readonly outcome: string;
      readonly reason: string | null;
      /** Azure's own word for it, if there is one. */
      readonly code: string | null;
    }
  | { readonly event: 'key-leaked'; readonly target: string; readonly slot: 'key1' | 'key2'; readonly operator: string }
  /** Two looks show a leaked key in neither slot: the account takes it no more. */
  | { readonly event: 'leaked-key-gone'; readonly target: string; readonly slot: 'key1' | 'key2' }
  /** It could not be found out whether a leaked key is still valid; it is tried again. */
  | { readonly event: 'leaked-key-not-checked'; readonly target: string; readonly code: string }
  /** A message to people was taken by a channel. `id` is the one that the receiver sees. */
  | (AboutNotification & { readonly event: 'notification-sent'; readonly channel: string })
  /** A channel did not take a message; it stays and is tried again. `code`: the failure's, never the channel's own words. */
  | (AboutNotification & {
      readonly event: 'notification-not-sent';
      readonly channel: string;
      readonly code: string;
      readonly attempts: number;
      /** What Keyturn's identity lacks to publish, if that is why, and how it is granted. */
      readonly missingAction: string | null;
      readonly fix: string | null;
    })
  /** A message was tried for more than a day and is tried no more. */
  | (AboutNotification & {
      readonly event: 'notification-given-up';
      readonly channels: readonly string[];
      readonly attempts: number;
    })
  /** A message that another release wrote: dropped. */
  | { readonly event: 'notification-unreadable'; readonly id: string }
  /** The messages of a target could not be read or kept; the next sweep tries again. */
  | { readonly event: 'notification-failed'; readonly target: string | null; readonly code: string }
  /** One line per target and sweep. Ages and instants in days; null: not known, or none. */
  | {
      readonly event: 'target-measured';
      readonly target: string;
      /** The sweep's view: `idle`, `running`, `suspended`, `due`, `overdue`, `not-adopted`, `unreadable`. */
      readonly status: string;
      readonly key1AgeDays: number | null;
      readonly key2AgeDays: number | null;
      /** Whether the ages are lower bounds: Azure does not tell when a key was made, so they count from the adoption. */
      readonly agesAreLowerBounds: boolean;
      /** Negative when it is past. */
      readonly dueInDays: number | null;
      readonly rotationId: string | null;
      readonly reason: string | null;
    }
  /** One line per sweep, over all targets. */
  | {
      readonly event: 'fleet-measured';
      /** That were looked at. */
      readonly targets: number;
      /** That could not be looked at: each may add to any of the other counts. */
      readonly unknown: number;
      readonly due: number;
      readonly overdue: number;
      readonly running: number;
      readonly suspended: number;
      /** Targets with a leaked key that may still be valid, whatever else they are. */
      readonly leaked: number;
      readonly notAdopted: number;
      /** That a person offboarded. */
      readonly offboarded: number;
      /** Rotations that ended without replacing both keys, within the last day. */
      readonly failedLastDay: number;
      readonly oldestKeyDays: number | null;
    }
  /** One line per sweep: the heartbeat whose absence an alert watches. */
  | {
      readonly event: 'swept';
      /** The instance is paused: the sweep looked at nothing. */
      readonly paused: boolean;
      readonly targets: number;
      readonly woken: number;
      readonly started: number;
      readonly suspended: number;
      readonly failed: number;
      /** Rotations in flight when the sweep had acted. */
      readonly running: number;
      /** Due targets that it did not start, for one of the reasons in the runbook. */
      readonly held: number;
      readonly looks: number;
    }
  /** By its tags, an account became a target, or is none any more. */
  | { readonly event: 'target-discovered' | 'target-gone'; readonly target: string }
  /** An account carries tags of Keyturn's and is no target; `reason` from the closed list. */
  | { readonly event: 'account-refused'; readonly accountId: string; readonly reason: string }
  /** Azure Resource Graph could not be asked: the last list of targets stands. */
  | { readonly event: 'discovery-failed'; readonly code: string }
  /** The targets document is in force now; `operator`: who took it in spite of the targets that it drops, null: nobody had to. */
  | {
      readonly event: 'targets-document-accepted';
      readonly etag: string;
      readonly targets: number;
      readonly dropped: number;
      readonly operator: string | null;
    }
  /** The last good list of targets stands: `reason` from the closed list, `fields` what is wrong, `code` Azure's own. */
  | {
      readonly event: 'targets-not-accepted';
      readonly reason: string;
      readonly etag: string | null;
      readonly fields: readonly string[];
      readonly code: string | null;
    }
  /** Key Vault's event about a secret, and what became of it; `reason` from the closed list, null if a rotation started. */
  | {
      readonly event: 'secret-near-expiry' | 'secret-expired';
      readonly vault: string;
      readonly secret: string;
      readonly target: string | null;
      readonly answer: 'started' | 'left';
      readonly reason: string | null;
    }
  /** An event that names no secret: acknowledged, since it would not come back any better. */
  | { readonly event: 'secret-event-malformed'; readonly fields: readonly string[] }
  | { readonly event: 'secret-event-ignored'; readonly reason: 'other-event-type' }
  /** The secret that an event is about could not be looked at. */
  | { readonly event: 'secret-not-read'; readonly target: string; readonly code: string }
  /** Azure's event that somebody (`by`, an object id) regenerated a key, and what became of it. */
  | {
      readonly event: 'key-regenerated';
      readonly accountId: string;
      readonly target: string | null;
      readonly by: string | null;
      readonly answer: 'looked' | 'left';
      readonly reason: string | null;
    }
  /** History and audit trail that were older than the setting keeps. */
  | { readonly event: 'history-removed'; readonly target: string; readonly rows: number }
  | { readonly event: 'target-not-swept'; readonly target: string; readonly code: string }
  /** A fault of Keyturn's own. `errorName` is the class of the error, `stack` its frames; its message stays out. */
  | {
      readonly event: 'unexpected-error';
      readonly function: string;
      readonly errorName: string;
      readonly stack: readonly string[];
    };

/** Where log events go. Never throws. */
export type Log = (event: LogEvent) => void;
