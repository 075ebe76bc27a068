import { useLive } from '../../api/live.ts';
import type { AccessView, ListedTarget } from '../../api/views.ts';
import { accessBody, type GrantForm, grantLabel, grantsOf, newGrant } from '../../decisions/access-form.ts';
import { hardeningAsk, targetPath } from '../../decisions/asks.ts';
import { mergedList } from '../../decisions/network-form.ts';
import { ChangeHeading, ChangeNote } from '../../parts/advice.tsx';
import { useDraft } from '../../parts/draft.ts';
import { DraftNotes } from '../../parts/draft-notes.tsx';
import { TextField } from '../../parts/fields.tsx';
import { Badge, Empty, FieldLabels, Shown } from '../../parts/small.tsx';
import { AskButton } from '../needs-person.tsx';

const busyEveryMs = 3_000;
const calmEveryMs = 60_000;

const tones = { applied: 'good', failed: 'bad' } as const;
const propagationTones = { missing: 'bad', spreading: 'busy', proved: 'good', unknown: 'quiet' } as const;

/** Who has which role on the account, and how to ask for others. */
export function Access({ target }: { target: ListedTarget }) {
  const live = useLive<AccessView>(`${targetPath(target.name)}/access`, ({ change }) =>
    change === null ? calmEveryMs : busyEveryMs,
  );
  return (
    <Shown live={live} what="roles: Azure is asked">
      {(access) => (
        <div class="columns">
          <section aria-labelledby="access-now">
            <h2 id="access-now">Now</h2>
            {access.assignments.length === 0 ? (
              <Empty title="Nobody has a role on the account itself." />
            ) : (
              <table class="plain">
                <caption class="unseen">Role assignments</caption>
                <thead>
                  <tr>
                    <th scope="col">Role</th>
                    <th scope="col">Who</th>
                    <th scope="col">By</th>
                  </tr>
                </thead>
                <tbody>
                  {access.assignments.map(({ name, role, principalId, principalType, scope, madeByKeyturn }) => (
                    <tr key={name}>
                      <th scope="row">
                        {role.name ?? role.guid}
                        {role.canListKeys === true && <Badge tone="warn">can list keys</Badge>}
                        <span class="quiet block break">{scope}</span>
                      </th>
                      <td>
                        <code class="break">{principalId}</code> <span class="quiet">{principalType}</span>
                      </td>
                      <td>{madeByKeyturn ? 'Keyturn' : 'others'}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
            {access.asked !== null && access.asked.length > 0 && (
              <>
                <h3>Requested</h3>
                <ul class="rows">
                  {access.asked.map(({ identity, principalId, role, propagation }) => (
                    <li key={`${identity}-${principalId}-${role.guid}`}>
                      <Badge tone={propagationTones[propagation.state]}>{propagation.state}</Badge> {role.name}{' '}
                      <span class="quiet break">
                        {principalId ?? identity}. {propagation.detail}
                      </span>
                    </li>
                  ))}
                </ul>
              </>
            )}
            <p class="quiet">{access.vault.detail}</p>
            {access.change !== null && (
              <>
                <ChangeHeading title="Change under way" tone="busy" word="running" at={access.change.startedAt} />
                <ChangeNote
                  change={{ ...access.change, reason: access.change.waiting }}
                  tone="busy"
                  section="Access and keyless: While a change is under way"
                />
              </>
            )}
            {access.lastChange !== null && access.change === null && (
              <>
                <ChangeHeading
                  title="Last change"
                  tone={tones[access.lastChange.outcome]}
                  word={access.lastChange.outcome}
                  at={access.lastChange.endedAt}
                />
                {access.lastChange.reason !== null && (
                  <ChangeNote
                    change={access.lastChange}
                    tone={tones[access.lastChange.outcome]}
                    section="Access and keyless: Why a change of access failed"
                  />
                )}
              </>
            )}
          </section>
          <Form key={target.name} name={target.name} access={access} onTaken={live.refresh} />
        </div>
      )}
    </Shown>
  );
}

function Form({ name, access, onTaken }: { name: string; access: AccessView; onTaken: () => void }) {
  const draft = useDraft<readonly GrantForm[]>(`access:${name}`, grantsOf(access), mergedList);
  const grants = draft.form;
  const set = (index: number, some: Partial<GrantForm>) =>
    draft.set((before) => before.map((one, at) => (at === index ? { ...one, ...some } : one)));
  return (
    <section aria-labelledby="access-form">
      <h2 id="access-form">Request</h2>
      <p class="quiet">The whole list: what Keyturn assigned and this list does not name is removed.</p>
      <form class="form" onSubmit={(event) => event.preventDefault()}>
        <DraftNotes draft={draft} what="What is requested has" />
        {grants.map((grant, index) => (
          <fieldset key={index}>
            <legend>Identity {index + 1}</legend>
            <TextField
              label="Who"
              hint="Object id, ARM id of a user-assigned identity, or keyturn"
              value={grant.who}
              onInput={(who) => set(index, { who })}
            />
            <TextField
              label="Roles"
              hint="Names or GUIDs, with commas between"
              value={grant.roles}
              onInput={(roles) => set(index, { roles })}
            />
            <button
              type="button"
              class="link"
              onClick={() => draft.set((before) => before.filter((_, at) => at !== index))}
            >
              Remove
            </button>
          </fieldset>
        ))}
        <span class="buttons">
          <button type="button" onClick={() => draft.set((before) => [...before, newGrant])}>
            Add an identity
          </button>
          <FieldLabels.Provider value={grantLabel}>
            <AskButton
              ask={hardeningAsk('access', name, accessBody(grants))}
              label="Show the plan"
              onTaken={() => {
                draft.discard();
                onTaken();
              }}
            />
          </FieldLabels.Provider>
        </span>
      </form>
    </section>
  );
}
