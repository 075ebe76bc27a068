/** Words that make up the names of Azure's regions: the shortest way to tell `eastus2` apart into `East US 2`. */
const words =
  /(north|south|east|west|central|us|uk|uae|europe|asia|india|japan|korea|australia|brazil|canada|france|germany|italy|norway|poland|spain|sweden|switzerland|qatar|israel|mexico|africa|\d+)/gi;

/** A region as Azure displays it: `eastus2` and `East US 2` both give `East US 2`. */
export function regionDisplayName(location: string): string {
  if (location.includes(' ')) return location;
  return (location.match(words) ?? [location])
    .map((word) => (['us', 'uk', 'uae'].includes(word) ? word.toUpperCase() : word[0]?.toUpperCase() + word.slice(1)))
    .join(' ');
}
