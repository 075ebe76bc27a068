/** How grave a state looks, and what it is called. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'quiet';

const targetTones: Readonly<Record<string, Tone>> = {
  'not-adopted': 'quiet',
  offboarded: 'quiet',
  'adopted-elsewhere': 'warn',
  'awaiting-first-rotation': 'warn',
  leaked: 'bad',
  keyless: 'good',
  settling: 'busy',
  rotating: 'busy',
  suspended: 'bad',
  drifted: 'warn',
  idle: 'good',
  'newer-schema': 'warn',
  unreachable: 'warn',
};

/** Of a word that is not known here: nothing is claimed. */
export function toneOf(state: string): Tone {
  return targetTones[state] ?? 'quiet';
}

const endTones: Readonly<Record<string, Tone>> = {
  completed: 'good',
  'rolled-back': 'warn',
  cancelled: 'warn',
  replaced: 'warn',
  suspended: 'bad',
  unknown: 'quiet',
};

export function rotationTone(state: string): Tone {
  return endTones[state] ?? 'busy';
}

/** `awaiting-first-rotation` as people read it: `awaiting first rotation`. */
export function words(name: string): string {
  return name.replaceAll('-', ' ');
}
