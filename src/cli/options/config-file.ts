import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorText } from '../../flow/system-error.js';
import { UsageError } from '../process/exit-error.js';
import { type OnUnclaimed, refuseUnclaimed, type Setting } from './setting.js';
import { isOptionName, OPTIONS } from './table/index.js';
import { unknownOption } from './unknown-option.js';

/**
 * Reads options from `tsdump.yaml` in a folder: a mapping from names to values. A missing file means no options.
 * @param onUnclaimed called for a name that tsdump does not know; by default it is an error
 * @throws UsageError that names file and line
 */
export async function configFileSettings(
  confdir: string,
  onUnclaimed: OnUnclaimed = refuseUnclaimed,
): Promise<Setting[]> {
  const path = join(confdir, 'tsdump.yaml');
  const text = readConfig(path);
  return text === undefined ? [] : parseConfig(text, path, onUnclaimed);
}

function readConfig(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UsageError(`cannot read the config file ${path}: ${systemErrorText(error)}`, 'config-invalid');
  }
}

async function parseConfig(text: string, path: string, onUnclaimed: OnUnclaimed): Promise<Setting[]> {
  const { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } = await import('yaml');
  const lines = new LineCounter();
  const placeAt = (offset: number) => `${path}:${lines.linePos(offset).line}`;
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problem = document.errors[0];
  if (problem) {
    const reason = problem.code === 'MULTIPLE_DOCS' ? 'expected a single YAML document, without ---' : problem.message;
    throw new UsageError(`${placeAt(problem.pos[0])}: ${reason}`, 'config-invalid');
  }
  if (document.contents === null) return [];
  if (!isMap(document.contents))
    throw new UsageError(`${path}:1: expected lines of the form "option: value"`, 'config-invalid');

  // `Alias.resolve` of the library searches the whole document each time.
  const anchors = new Map<string, unknown>();
  const targets = new Map<unknown, unknown>();
  visit(document, (_, node) => {
    if (isAlias(node)) targets.set(node, anchors.get(node.source));
    else if (isNode(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
  });

  const settings: Setting[] = [];
  for (const { key, value } of document.contents.items) {
    const at = isScalar(key) ? key.range![0] : 0;
    const option = isScalar(key) ? String(key.value) : '';
    if (option === 'confdir') {
      throw new UsageError(`${placeAt(at)}: confdir selects the config file and cannot be set in it`, 'config-invalid');
    }
    for (const item of valuesOf(option, value)) {
      const place = `${placeAt(isScalar(item) || isAlias(item) ? item.range![0] : at)}: ${option}`;
      const node = target(item);
      const refusal = (others?: Iterable<string>) => unknownOption(placeAt(at), option, undefined, others);
      const isKnown = isOptionName(option);
      // The value of an unknown option is checked when an addon defines the option.
      if (!isKnown && node !== null && !isScalar(node)) throw refusal();
      const setting = { text: textOf(node, place), source: 'config file' as const, place };
      if (isKnown) settings.push({ option, ...setting });
      else onUnclaimed({ option, ...setting, refusal });
    }
  }
  return settings;

  /** The node that an alias (`*name`) stands for; any other node itself. */
  function target(node: unknown): unknown {
    return isAlias(node) ? targets.get(node) : node;
  }

  /** The values of an option: several if it is a list, and an addon may define one. */
  function valuesOf(option: string, value: unknown): readonly unknown[] {
    const mayBeList = !isOptionName(option) || OPTIONS.get(option)!.arity === 'many';
    const list = target(value);
    if (!mayBeList || !isSeq(list)) return [value];
    return list.items.length > 0 ? list.items : [null];
  }

  // The source text of scalars is used, so that `listen_host: 10.1` is text and the rules of `--set` apply.
  function textOf(node: unknown, place: string): string | undefined {
    if (node === null || (isScalar(node) && node.value === null)) return undefined;
    if (!isScalar(node)) throw new UsageError(`${place}: expected a single value`, 'option-value');
    return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
  }
}
