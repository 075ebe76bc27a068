import { useState } from 'preact/hooks';
import { useLive } from '../../api/live.ts';
import type { ListedTarget, NetworkChangeView, NetworkView } from '../../api/views.ts';
import { hardeningAsk, targetPath } from '../../decisions/asks.ts';
import { linesOf, type NetworkForm, networkBody, networkFormOf } from '../../decisions/network-form.ts';
import { words } from '../../decisions/states.ts';
import { Fact } from '../../parts/previews.tsx';
import { Badge, Shown, When } from '../../parts/small.tsx';
import { AskButton } from '../needs-person.tsx';

const busyEveryMs = 3_000;
const calmEveryMs = 60_000;

/** Who may reach the account, and how to change that. */
export function Network({ target }: { target: ListedTarget }) {
  const live = useLive<NetworkView>(`${targetPath(target.name)}/network`, ({ change }) =>
    change?.state === 'running' ? busyEveryMs : calmEveryMs,
  );
  return (
    <Shown live={live} what="the network: Azure is asked">
      {(network) => (
        <div class="columns">
          <section aria-labelledby="network-now">
            <h2 id="network-now">
              Now <Badge tone={network.mode === 'private' ? 'good' : 'warn'}>{words(network.mode)}</Badge>
            </h2>
            <dl class="facts">
              <Fact name="Public access">
                {network.publicNetworkAccess}, otherwise {network.defaultAction}
              </Fact>
              <Fact name="Addresses">{network.ipRules.length === 0 ? 'none' : network.ipRules.join(', ')}</Fact>
              <Fact name="Subnets">
                {network.subnets.length === 0
                  ? 'none'
                  : network.subnets.map((id) => (
                      <div key={id} class="break">
                        {id}
                      </div>
                    ))}
              </Fact>
              <Fact name="Microsoft services">{network.bypass === null ? 'not said' : network.bypass}</Fact>
              <Fact name="Private endpoints">
                {network.connections.length === 0
                  ? 'none'
                  : network.connections.map(({ name, status }) => (
                      <div key={name}>
                        {name}: {status}
                      </div>
                    ))}
              </Fact>
              {network.names.map(({ host, found, addresses }) => (
                <Fact key={host} name="Name">
                  <span class="break">{host}</span>: {found === 'addresses' ? addresses.join(', ') : words(found)}
                </Fact>
              ))}
            </dl>
            {network.change !== null && <Change change={network.change} />}
          </section>
          <Form name={target.name} network={network} onTaken={live.refresh} />
        </div>
      )}
    </Shown>
  );
}

function Change({ change }: { change: NetworkChangeView }) {
  const { state, detail, steps, askedAt, endedAt, fix } = change;
  const tone = { running: 'busy', applied: 'good', restored: 'warn', failed: 'bad' } as const;
  return (
    <div>
      <h3>
        {endedAt === null ? 'Change under way' : 'Last change'} <Badge tone={tone[state]}>{state}</Badge>{' '}
        <span class="quiet">
          <When at={endedAt ?? askedAt} />
        </span>
      </h3>
      <p>{detail}</p>
      {fix !== null && <p class="fix">{fix}</p>}
      <ol class="phases">
        {steps.map(({ what, state: stands, at }) => (
          <li key={what} class={{ done: 'passed', doing: 'now', 'to-do': 'to-come' }[stands]}>
            <span class="phase-name">{what}</span>
            <span class="unseen">, {words(stands)}</span>
            <span class="phase-time">{at !== null && <When at={at} />}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Form({ name, network, onTaken }: { name: string; network: NetworkView; onTaken: () => void }) {
  const [form, setForm] = useState<NetworkForm>(() => networkFormOf(network));
  const set = (some: Partial<NetworkForm>) => setForm((before) => ({ ...before, ...some }));
  const isSelected = form.mode === 'selected-networks';
  return (
    <section aria-labelledby="network-form">
      <h2 id="network-form">Change it to</h2>
      <form class="form" onSubmit={(event) => event.preventDefault()}>
        <fieldset>
          <legend>Who may reach it</legend>
          {(
            [
              ['private', 'Only private endpoints'],
              ['selected-networks', 'Selected networks'],
              ['public', 'Every network'],
            ] as const
          ).map(([mode, label]) => (
            <label class="check" key={mode}>
              <input type="radio" name="mode" checked={form.mode === mode} onChange={() => set({ mode })} />
              <span>{label}</span>
            </label>
          ))}
        </fieldset>
        {isSelected && (
          <>
            <Lines
              label="Addresses and ranges, one a line"
              hint="Public IPv4, such as 203.0.113.7 or 203.0.113.0/24"
              value={form.ipRules}
              onInput={(ipRules) => set({ ipRules })}
            />
            <Lines
              label="Subnets, one ARM id a line"
              hint=""
              value={form.subnets}
              onInput={(subnets) => set({ subnets })}
            />
          </>
        )}
        {form.mode === 'private' && (
          <>
            <label class="field">
              <span>
                Subnet for a private endpoint
                <span class="hint">ARM id. Empty: the endpoints that are there.</span>
              </span>
              <input
                value={form.endpointSubnet}
                onInput={(event) => set({ endpointSubnet: event.currentTarget.value })}
              />
            </label>
            {form.endpointSubnet.trim() !== '' && (
              <label class="field">
                <span>Private DNS zones</span>
                <select
                  value={form.zones}
                  onChange={(event) => {
                    const { value } = event.currentTarget;
                    set({ zones: value === 'existing' || value === 'create' ? value : 'policy-managed' });
                  }}
                >
                  <option value="policy-managed">a policy of the organisation writes the records</option>
                  <option value="existing">these zones</option>
                  <option value="create">create them</option>
                </select>
              </label>
            )}
            {form.endpointSubnet.trim() !== '' && form.zones === 'existing' && (
              <Lines
                label="Zones, one ARM id a line"
                hint=""
                value={form.zoneIds}
                onInput={(zoneIds) => set({ zoneIds })}
              />
            )}
          </>
        )}
        <label class="check">
          <input
            type="checkbox"
            checked={form.bypassAzureServices}
            onChange={(event) => set({ bypassAzureServices: event.currentTarget.checked })}
          />
          <span>Let Microsoft’s trusted services through</span>
        </label>
        <label class="field">
          <span>
            Keyturn’s own address
            <span class="hint">
              The public address that its calls leave with, so that the plan does not shut it out
            </span>
          </span>
          <input value={form.keyturnEgress} onInput={(event) => set({ keyturnEgress: event.currentTarget.value })} />
        </label>
        <AskButton ask={hardeningAsk('network', name, networkBody(form))} label="Show the plan" onTaken={onTaken} />
      </form>
    </section>
  );
}

function Lines({
  label,
  hint,
  value,
  onInput,
}: {
  label: string;
  hint: string;
  value: string;
  onInput: (value: string) => void;
}) {
  return (
    <label class="field">
      <span>
        {label}
        {hint !== '' && <span class="hint">{hint}</span>}
      </span>
      <textarea
        rows={Math.max(2, Math.min(8, linesOf(value).length + 1))}
        spellcheck={false}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}
