import { readFileSync } from 'node:fs';
import { found } from './shared/field-problem.ts';
import { declaredTargets } from './targets/declared-targets.ts';

interface TargetsVariables {
  readonly KEYTURN_TARGETS?: string | undefined;
  readonly KEYTURN_TARGETS_FILE?: string | undefined;
}

/** The targets of `KEYTURN_TARGETS`, or of the file that `KEYTURN_TARGETS_FILE` names, or everything that is wrong with them. */
export function targetsSettings(variables: TargetsVariables, vaultSuffix: string): ReturnType<typeof declaredTargets> {
  const inline = variables.KEYTURN_TARGETS;
  const path = variables.KEYTURN_TARGETS_FILE;
  if (inline !== undefined && path !== undefined) {
    return refused('KEYTURN_TARGETS_FILE', found(path), 'nothing beside KEYTURN_TARGETS: one of the two');
  }
  if (path !== undefined) return readTargetsFile(path, vaultSuffix);
  if (inline !== undefined) return parseTargets('KEYTURN_TARGETS', inline, vaultSuffix);
  return refused(
    'KEYTURN_TARGETS',
    'nothing',
    'a JSON list of targets, [] for none yet, or the path of such a file in KEYTURN_TARGETS_FILE',
  );
}

/** @param path relative to the app's folder, which is the worker's working directory */
function readTargetsFile(path: string, vaultSuffix: string): ReturnType<typeof declaredTargets> {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch {
    return refused(
      'KEYTURN_TARGETS_FILE',
      found(path),
      "the path of a file that can be read, relative to the app's folder",
    );
  }
  return parseTargets('KEYTURN_TARGETS_FILE', content.replace(/^\uFEFF/, ''), vaultSuffix);
}

function parseTargets(field: string, json: string, vaultSuffix: string): ReturnType<typeof declaredTargets> {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch (error) {
    const where =
      error instanceof SyntaxError ? (/\(line \d+ column \d+\)|position \d+/.exec(error.message)?.[0] ?? '') : '';
    return refused(field, `text that is not JSON ${where}`.trim(), 'a JSON list of targets');
  }
  return declaredTargets(document, vaultSuffix, field);
}

function refused(field: string, foundText: string, accepted: string): ReturnType<typeof declaredTargets> {
  return { targets: [], problems: [{ field, found: foundText, accepted }] };
}
