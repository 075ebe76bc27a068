import { z } from 'zod';
import { type Phase, phases } from './phases.ts';

/** What is read of a rotation to show it, as `GET …/rotations/{id}` answers it. */
export const rotationAnswer = z.object({
  id: z.string(),
  state: z.string(),
  detail: z.string().nullable(),
  startedAt: z.iso.datetime(),
  stateSince: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
});

export type RotationAnswer = z.infer<typeof rotationAnswer>;

export interface PhaseSeen {
  readonly phase: Phase;
  readonly stands: 'to come' | 'now' | 'passed';
  /** How long it took, or has taken so far; null when it went by between two looks. */
  readonly seconds: number | null;
}

/** Puts answers on one rotation together to what is known of its phases. */
export interface RotationWatch {
  see(answer: RotationAnswer): void;
  phases(nowMs: number): readonly PhaseSeen[];
}

export function rotationWatch(): RotationWatch {
  const sinceMs = new Map<string, number>();
  let state = '';
  return {
    see(answer) {
      state = answer.state;
      sinceMs.set(state, Date.parse(answer.stateSince));
    },
    phases(nowMs) {
      // How a rotation ends is no phase; a healthy end comes after all of them, any other leaves the rest to come.
      const seen = phases.findLastIndex(([phase]) => sinceMs.has(phase));
      const reached = state === 'completed' ? phases.length : seen;
      const all = phases.map(([phase], index): PhaseSeen => {
        if (index > reached) return { phase, stands: 'to come', seconds: null };
        const startMs = sinceMs.get(phase);
        const endMs = phase === state ? nowMs : startOfNext(index);
        const seconds = startMs === undefined || endMs === undefined ? null : Math.max(0, endMs - startMs) / 1000;
        return { phase, stands: phase === state ? 'now' : 'passed', seconds };
      });
      return all.filter(({ phase }) => phase !== 'updating-copies' || sinceMs.has(phase));

      function startOfNext(index: number): number | undefined {
        const later = [...phases.slice(index + 1).map(([phase]) => phase), state];
        return later.map((each) => sinceMs.get(each)).find((each) => each !== undefined);
      }
    },
  };
}
