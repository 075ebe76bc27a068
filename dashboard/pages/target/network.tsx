import { isStuck } from '../../../src/hardening/network/network-reasons.ts';
import { useLive } from '../../api/live.ts';
import type { ListedTarget, NetworkChangeView, NetworkView } from '../../api/views.ts';
import { withShortIds } from '../../decisions/arm-ids.ts';
import { hardeningAsk, targetPath } from '../../decisions/asks.ts';
import {
  fieldLabel,
  mergedForm,
  type NetworkForm,
  networkBody,
  networkFormOf,
  toFillIn,
} from '../../decisions/network-form.ts';
import { words } from '../../decisions/states.ts';
import { ChangeHeading, ChangeNote } from '../../parts/advice.tsx';
import { useDraft } from '../../parts/draft.ts';
import { DraftNotes } from '../../parts/draft-notes.tsx';
import { Check, ChoiceField, TextField } from '../../parts/fields.tsx';
import { Fact } from '../../parts/previews.tsx';
import { Badge, FieldLabels, Shown, When } from '../../parts/small.tsx';
import { AskButton } from '../needs-person.tsx';

const busyEveryMs = 3_000;
const calmEveryMs = 60_000;

const tones = { running: 'busy', applied: 'good', restored: 'warn', failed: 'bad' } as const;

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
              <Fact name="Public access">{network.publicNetworkAccess}</Fact>
              <Fact name="Who is not listed">{network.defaultAction}</Fact>
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
              <Fact name="Microsoft services">{network.bypass ?? 'Azure does not say'}</Fact>
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
                <Fact key={host} name="Host">
                  <span class="break">{host}</span>: {found === 'addresses' ? addresses.join(', ') : words(found)}
                </Fact>
              ))}
            </dl>
            {network.change !== null && <Change change={network.change} />}
          </section>
          <Form key={target.name} name={target.name} network={network} onTaken={live.refresh} />
        </div>
      )}
    </Shown>
  );
}

function Change({ change }: { change: NetworkChangeView }) {
  const { state, reason, code, fix, steps, askedAt, endedAt } = change;
  const needsPerson = state === 'running' && (fix !== null || isStuck(reason, code));
  const tone = needsPerson ? 'warn' : tones[state];
  return (
    <>
      <ChangeHeading
        title={endedAt === null ? 'Change under way' : 'Last change'}
        tone={tone}
        word={needsPerson ? 'needs a person' : state}
        at={endedAt ?? askedAt}
      />
      <ChangeNote
        change={change}
        tone={tone}
        section={endedAt === null ? 'Network: What a change waits for' : 'Network: How a change ends'}
      />
      <ol class="phases">
        {steps.map(({ what, state: stands, at }) => (
          <li key={what} class={{ done: 'passed', doing: 'now', 'to-do': 'to-come' }[stands]}>
            <span class="phase-name" title={what}>
              {withShortIds(what)}
            </span>
            <span class="unseen">, {words(stands)}</span>
            <span class="phase-time">{at !== null && <When at={at} />}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

function Form({ name, network, onTaken }: { name: string; network: NetworkView; onTaken: () => void }) {
  const draft = useDraft<NetworkForm>(`network:${name}`, networkFormOf(network), mergedForm);
  const { form } = draft;
  const set = (some: Partial<NetworkForm>) => draft.set((before) => ({ ...before, ...some }));
  const part = { form, set };
  const lacks = toFillIn(form);
  return (
    <section aria-labelledby="network-form">
      <h2 id="network-form">Change it to</h2>
      <form class="form" onSubmit={(event) => event.preventDefault()}>
        <DraftNotes draft={draft} what="The network has" />
        <fieldset>
          <legend>Who may reach it</legend>
          {network.mode === 'secured-by-perimeter' && (
            <p class="hint">A network security perimeter decides now. With any of these the account leaves it.</p>
          )}
          {network.mode === 'unknown' && (
            <p class="hint">Azure says something that Keyturn does not know. Any of these replaces it.</p>
          )}
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
        {form.mode === 'selected-networks' && (
          <>
            <Text
              part={part}
              name="ipRules"
              label="Addresses and ranges, one a line"
              hint="Public IPv4, such as 203.0.113.7 or 203.0.113.0/24"
              kind="lines"
            />
            <Text part={part} name="subnets" label="Subnets, one ARM id a line" kind="lines" />
          </>
        )}
        <ChoiceField
          label="Microsoft’s trusted services"
          options={[
            ['as-found', 'as they are now'],
            ['AzureServices', 'let through'],
            ['None', 'not let through'],
          ]}
          value={form.bypass}
          onChange={(bypass) => set({ bypass })}
        />
        <ChoiceField
          label="Private endpoint"
          options={[
            ['none', 'those that are there'],
            ['existing-subnet', 'one in a subnet that is there'],
            ['new-subnet', 'one in a new subnet'],
          ]}
          value={form.endpoint}
          onChange={(endpoint) => set({ endpoint })}
        />
        {form.endpoint !== 'none' && (
          <>
            <Endpoint {...part} />
            <Zones {...part} />
          </>
        )}
        <fieldset>
          <legend>Who calls from where</legend>
          <p class="hint">So that the plan shows who would be shut out.</p>
          <Text
            part={part}
            name="keyturnEgress"
            label="Keyturn’s own address"
            hint="The public address that its calls leave with"
          />
          <Text part={part} name="keyturnSubnetId" label="Keyturn’s own subnet" hint="ARM id" />
          <Text
            part={part}
            name="consumers"
            label="Consumers, one a line"
            hint="Name, colon, then address or ARM id of a subnet, or both with a comma between: shop: 203.0.113.40"
            kind="lines"
          />
        </fieldset>
        {lacks !== null && <p class="note">{lacks}</p>}
        <FieldLabels.Provider value={fieldLabel}>
          <AskButton
            ask={hardeningAsk('network', name, networkBody(form))}
            label="Show the plan"
            lacks={lacks}
            onTaken={() => {
              draft.discard();
              onTaken();
            }}
          />
        </FieldLabels.Provider>
      </form>
    </section>
  );
}

/** The form, and how a part of it changes it. */
interface Part {
  readonly form: NetworkForm;
  readonly set: (some: Partial<NetworkForm>) => void;
}

type TextName = { [K in keyof NetworkForm]: string extends NetworkForm[K] ? K : never }[keyof NetworkForm];

/** A member that is a text, in one line or with a line for each entry. */
function Text({
  part: { form, set },
  name,
  ...field
}: {
  part: Part;
  name: TextName;
  label: string;
  hint?: string;
  kind?: 'lines';
}) {
  return <TextField {...field} value={form[name]} onInput={(value) => set({ [name]: value })} />;
}

const byDefault = 'Empty: the account’s';

function Endpoint(part: Part) {
  const { form } = part;
  return (
    <fieldset>
      <legend>The endpoint</legend>
      {form.endpoint === 'existing-subnet' ? (
        <Text part={part} name="subnetId" label="Subnet" hint="ARM id" />
      ) : (
        <NewSubnet {...part} />
      )}
      <Text part={part} name="endpointName" label="Name of the endpoint" hint="Empty: pe- and the account’s name" />
      <Text part={part} name="endpointGroup" label="Resource group of the endpoint" hint={byDefault} />
    </fieldset>
  );
}

function NewSubnet(part: Part) {
  const { form, set } = part;
  return (
    <>
      <Text part={part} name="subnetName" label="Name of the subnet" />
      <Text
        part={part}
        name="subnetPrefix"
        label="Range of the subnet"
        hint="Private, inside its network, such as 10.20.1.0/27"
      />
      <ChoiceField
        label="Network policies for private endpoints"
        options={[
          ['Disabled', 'none'],
          ['Enabled', 'security groups and routes'],
          ['NetworkSecurityGroupEnabled', 'security groups'],
          ['RouteTableEnabled', 'routes'],
        ]}
        value={form.endpointPolicies}
        onChange={(endpointPolicies) => set({ endpointPolicies })}
      />
      <ChoiceField
        label="Virtual network"
        options={[
          ['existing', 'one that is there'],
          ['new', 'a new one'],
        ]}
        value={form.virtualNetwork}
        onChange={(virtualNetwork) => set({ virtualNetwork })}
      />
      {form.virtualNetwork === 'existing' ? (
        <Text part={part} name="virtualNetworkId" label="Id of the virtual network" hint="ARM id" />
      ) : (
        <>
          <Text part={part} name="virtualNetworkName" label="Name of the virtual network" />
          <Text part={part} name="location" label="Region" hint="Such as eastus" />
          <Text part={part} name="addressSpace" label="Address space" hint="Private, such as 10.20.0.0/16" />
          <Text part={part} name="virtualNetworkGroup" label="Resource group of the virtual network" hint={byDefault} />
        </>
      )}
    </>
  );
}

const zoneHints: Partial<Record<NetworkForm['zones'], string>> = {
  'policy-managed':
    'An Azure Policy of yours has to write the records. Keyturn writes none, and waits for them for an hour.',
  'as-found':
    'Keyturn writes no records. If names do not lead to the endpoint, the change ends without closing anything.',
};

function Zones(part: Part) {
  const { form, set } = part;
  return (
    <fieldset>
      <legend>Private DNS</legend>
      <ChoiceField
        label="Zones"
        options={[
          ['', 'choose'],
          ['policy-managed', 'a policy of the organisation writes the records'],
          ['existing', 'these zones'],
          ['create', 'create them'],
          ['as-found', 'leave them as they are'],
        ]}
        value={form.zones}
        onChange={(zones) => set({ zones })}
      />
      {zoneHints[form.zones] !== undefined && <p class="hint">{zoneHints[form.zones]}</p>}
      {form.zones === 'existing' && <Text part={part} name="zoneIds" label="Zones, one ARM id a line" kind="lines" />}
      {form.zones === 'create' && (
        <Text part={part} name="zoneGroup" label="Resource group of the zones" hint={byDefault} />
      )}
      {(form.zones === 'existing' || form.zones === 'create') && (
        <Check
          label="New links ask public DNS for names that a zone lacks"
          isChecked={form.nxDomainRedirect}
          onChange={(nxDomainRedirect) => set({ nxDomainRedirect })}
        />
      )}
    </fieldset>
  );
}
