import type { Target } from '../keys/target.ts';
import { type FieldProblem, found } from '../shared/field-problem.ts';
import { declaredTargets, notUtf8, utf8Text } from '../targets/declared-targets.ts';
import type { BlobPlace } from '../targets/ports.ts';
import type { Variables } from './variables.ts';

interface TargetsSettings {
  readonly targets: readonly Target[];
  /** Where the targets document lies; null: the settings themselves declare the targets. */
  readonly blob: BlobPlace | null;
  readonly problems: readonly FieldProblem[];
}

/**
 * The longest `KEYTURN_TARGETS`. Azure documents no limit of a setting's value; Linux starts no process with an environment
 * string of 131,072 bytes, its name counted (MAX_ARG_STRLEN: https://man7.org/linux/man-pages/man2/execve.2.html), and the
 * app would be down without a word.
 */
const mostSettingBytes = 100_000;

/**
 * The targets of `KEYTURN_TARGETS`, of the file or of the blob that the other two name, or everything that is wrong with them.
 * @param ownApp name of the app in which Keyturn runs; null: not known
 */
export function targetsSettings(
  variables: Variables,
  vaultSuffix: string,
  ownApp: string | null = null,
): TargetsSettings {
  const { KEYTURN_TARGETS: inline, KEYTURN_TARGETS_FILE: path, KEYTURN_TARGETS_BLOB: blob } = variables;
  const given = Object.entries({ KEYTURN_TARGETS: inline, KEYTURN_TARGETS_FILE: path, KEYTURN_TARGETS_BLOB: blob });
  const [first, second] = given.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
  if (first !== undefined && second !== undefined)
    return refused(second.name, found(second.value), `nothing beside ${first.name}: one of the two`);
  if (blob !== undefined) return targetsBlob(blob);
  if (path !== undefined) return readTargetsFile(path, vaultSuffix, ownApp);
  if (inline === undefined) {
    const accepted =
      'a JSON list of targets, [] for none yet, or the path of such a file in KEYTURN_TARGETS_FILE, or of such a blob in KEYTURN_TARGETS_BLOB';
    return refused('KEYTURN_TARGETS', 'nothing', accepted);
  }
  const bytes = Buffer.byteLength(inline);
  if (bytes <= mostSettingBytes) return parseTargets('KEYTURN_TARGETS', inline, vaultSuffix, ownApp);
  const accepted = `at most ${mostSettingBytes} bytes: keep so many targets in a blob, KEYTURN_TARGETS_BLOB`;
  return refused('KEYTURN_TARGETS', `${bytes} bytes`, accepted);
}

/** https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata */
const placePattern =
  /^(?=[^/]{3,63}\/)([a-z0-9](?:-?[a-z0-9])*)\/((?!(?:.*\/)?\.{0,2}(?:\/|$))[^\s\\?#]{0,1023}[^\s\\?#/.])$/;

function targetsBlob(text: string): TargetsSettings {
  const [, container, name] = placePattern.exec(text) ?? [];
  if (container !== undefined && name !== undefined) return { targets: [], blob: { container, name }, problems: [] };
  const accepted = "a container of the app's storage account and a blob in it, such as keyturn-config/targets.json";
  return refused('KEYTURN_TARGETS_BLOB', found(text), accepted);
}

/** @param path relative to the app's folder, which is the worker's working directory */
function readTargetsFile(path: string, vaultSuffix: string, ownApp: string | null): TargetsSettings {
  let bytes: Buffer;
  try {
    // By an import, every cold start would wait for node:fs, of which most read no file.
    bytes = process.getBuiltinModule('node:fs').readFileSync(path);
  } catch {
    const accepted = "the path of a file that can be read, relative to the app's folder";
    return refused('KEYTURN_TARGETS_FILE', found(path), accepted);
  }
  const content = utf8Text(bytes);
  if (content !== null) return parseTargets('KEYTURN_TARGETS_FILE', content, vaultSuffix, ownApp);
  const accepted = 'a JSON list of targets in UTF-8: in PowerShell, Out-File -Encoding utf8';
  return refused('KEYTURN_TARGETS_FILE', notUtf8(bytes, 'a file'), accepted);
}

function parseTargets(field: string, json: string, vaultSuffix: string, ownApp: string | null): TargetsSettings {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch (error) {
    const where =
      error instanceof SyntaxError ? (/\(line \d+ column \d+\)|position \d+/.exec(error.message)?.[0] ?? '') : '';
    return refused(field, `text that is not JSON ${where}`.trim(), 'a JSON list of targets');
  }
  const { targets, problems } = declaredTargets(document, vaultSuffix, field, ownApp);
  return { targets, blob: null, problems };
}

function refused(field: string, foundText: string, accepted: string): TargetsSettings {
  return { targets: [], blob: null, problems: [{ field, found: foundText, accepted }] };
}
