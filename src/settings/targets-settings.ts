import { readFileSync } from 'node:fs';
import { found } from '../shared/field-problem.ts';
import { declaredTargets } from '../targets/declared-targets.ts';

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
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return refused(
      'KEYTURN_TARGETS_FILE',
      found(path),
      "the path of a file that can be read, relative to the app's folder",
    );
  }
  const content = textOf(bytes);
  if (content !== null) return parseTargets('KEYTURN_TARGETS_FILE', content, vaultSuffix);
  // A text of Latin letters has a zero in every other byte: what PowerShell's `>` writes.
  const isUtf16 = /^(?:\xff\xfe|\xfe\xff)|^.?\0/s.test(bytes.toString('latin1', 0, 2));
  return refused(
    'KEYTURN_TARGETS_FILE',
    isUtf16 ? 'a file in UTF-16' : 'a file that is not in UTF-8',
    'a JSON list of targets in UTF-8: in PowerShell, Out-File -Encoding utf8',
  );
}

/** UTF-8, its byte order mark left out; null where it is something else. */
function textOf(bytes: Buffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
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
