/** What befalls a rotation; at most one thing does. */
export const faults = {
  healthy: 'nothing happens',
  'killed before the regenerate': 'the process is killed as it asks for it, and nothing arrives',
  'killed after the regenerate': 'the process is killed when it is applied, before it hears so',
  'killed after the store': 'the process is killed when the first key after it is stored',
  'lost reply': 'the first regenerate is applied, and its reply lost; an SDK client sends it again',
  'a key spreads for 60 s': 'one gateway learns and forgets keys after 30 s, the other one after 60 s',
} as const;

export type Fault = keyof typeof faults;

export const faultNames = Object.keys(faults) as Fault[];
