import type { SimulatedCloudName } from '../simulated-clouds.ts';
import type { World } from '../world.ts';
import { gatewayError } from './arm-answer.ts';
import type { ArmCall } from './arm-call.ts';

/** A place for resources. */
export interface Location {
  /** `eastus2` */
  readonly name: string;
  /** `East US 2` */
  readonly displayName: string;
}

/**
 * Where each cloud places resources, as ARM's refusals list it: MicrosoftDocs/executable-docs#74 for the public cloud (2024),
 * microsoft/finops-toolkit#840 for US Government, hashicorp/terraform-provider-azurerm#15381 for China; and what the public
 * cloud has besides for everybody by https://learn.microsoft.com/azure/reliability/regions-list.
 */
const ofClouds: Readonly<Record<SimulatedCloudName, readonly Location[]>> = {
  public: called(
    ...['East US', 'East US 2', 'West US', 'West US 2', 'West US 3', 'Central US', 'North Central US'],
    ...['South Central US', 'West Central US', 'Canada Central', 'Canada East', 'Brazil South', 'Mexico Central'],
    ...['North Europe', 'West Europe', 'UK South', 'UK West', 'France Central', 'Germany West Central', 'Italy North'],
    ...['Norway East', 'Poland Central', 'Spain Central', 'Sweden Central', 'Switzerland North'],
    ...['Israel Central', 'Qatar Central', 'UAE North', 'South Africa North'],
    ...['Central India', 'South India', 'West India', 'Jio India West', 'East Asia', 'Southeast Asia'],
    ...['Japan East', 'Japan West', 'Korea Central', 'Korea South'],
    ...['Australia East', 'Australia Southeast', 'Australia Central', 'Australia Central 2'],
    ...['Central US EUAP', 'East US 2 EUAP'],
    ...['Austria East', 'Belgium Central', 'Chile Central', 'Indonesia Central', 'Malaysia West', 'New Zealand North'],
  ),
  usgovernment: called('USGov Virginia', 'USGov Iowa', 'USGov Texas', 'USGov Arizona', 'USDoD East', 'USDoD Central'),
  china: called('China East', 'China East 2', 'China East 3', 'China North', 'China North 2', 'China North 3'),
};

function called(...displayNames: string[]): Location[] {
  return displayNames.map((displayName) => ({ name: plainLocation(displayName), displayName }));
}

/** Where this Azure places resources: its cloud's locations, and wherever the world has a group from the start. */
export function locationsOf({ cloud = 'public', resourceGroups }: World): readonly Location[] {
  const known = ofClouds[cloud];
  const further = new Set(resourceGroups.map(({ location }) => plainLocation(location)));
  for (const { name } of known) further.delete(name);
  return [...known, ...[...further].map((name) => ({ name, displayName: name }))];
}

export function locationNames(world: World): readonly string[] {
  return locationsOf(world).map(({ name }) => name);
}

/** `East US` as Azure keeps it: `eastus`. */
export function plainLocation(location: string): string {
  return location.replaceAll(' ', '').toLowerCase();
}

/**
 * The location that a PUT sends for a resource of that type, as sent; or the gateway's refusal of it.
 * @param existing where the resource is, if there is one: it cannot move
 * @param available default: all locations of this Azure
 */
export function locationIn(
  { world, body, path, param }: ArmCall,
  type: string,
  existing: string | undefined,
  available: readonly string[] = locationNames(world),
): string | Response {
  const { location } = body;
  if (typeof location !== 'string' || location === '') return locationRequired();
  if (existing !== undefined && plainLocation(existing) !== plainLocation(location)) {
    return gatewayError(
      409,
      'InvalidResourceLocation',
      `The resource '${path.text.split('/').at(-1)}' already exists in location '${plainLocation(existing)}' in resource group '${param('group')}'. A resource with the same name cannot be created in location '${location}'. Please select a new resource name.`,
    );
  }
  if (existing !== undefined || available.includes(plainLocation(location))) return location;
  return gatewayError(
    400,
    'LocationNotAvailableForResourceType',
    `The provided location '${location}' is not available for resource type '${type}'. List of available regions for the resource type is '${available.join(',')}'.`,
  );
}

export function locationRequired(): Response {
  return gatewayError(400, 'LocationRequired', 'The location property is required for this definition.');
}
