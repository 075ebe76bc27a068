import colors from 'picocolors';
import { phases } from './phases.ts';
import type { PhaseSeen } from './rotation-watch.ts';
import { wrapped } from './wrapped.ts';

/** A rotation as it is shown at one moment. */
export interface RotationScene {
  readonly title: string;
  readonly phases: readonly PhaseSeen[];
  /** Why it waits, in its own words. */
  readonly detail: string | null;
}

/** A line a phase, and a second one for what is done now; it fits 60 columns. */
export function rotationPicture({ title, phases: seen }: RotationScene): string[] {
  return [colors.bold(title), ...seen.map(phaseLines)];
}

function phaseLines({ phase, stands, seconds }: PhaseSeen): string {
  const name = phase.padEnd(15);
  const took = (seconds === null ? '' : `${seconds.toFixed(1)} s`).padStart(8);
  switch (stands) {
    case 'to come':
      return colors.dim(`    ${name}`);
    case 'now':
      return `  ${colors.cyan('▶')} ${colors.bold(name)} ${took}\n${wrapped(`    ${aboutOf(phase)}`)}`;
    case 'passed':
      return `  ${colors.green('✔')} ${name} ${took}`;
  }
}

/**
 * What is new since the last look, a line each: for logs and pipes.
 * @param more said behind how long a phase took
 */
export function phaseChanges(before: RotationScene | null, now: RotationScene, more = ''): string[] {
  const lines: string[] = before === null ? [now.title] : [];
  for (const { phase, stands, seconds } of now.phases) {
    const stood = before?.phases.find((one) => one.phase === phase)?.stands ?? 'to come';
    if (stood === 'to come' && stands !== 'to come') lines.push(`  ${phase}: ${aboutOf(phase)}`);
    if (stood !== 'passed' && stands === 'passed' && seconds !== null && seconds >= 1)
      lines.push(`  ${phase} took ${seconds.toFixed(1)} s${more}`);
  }
  return lines;
}

function aboutOf(phase: PhaseSeen['phase']): string {
  return phases.find(([name]) => name === phase)?.[1] ?? '';
}
