import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../process/exit-error.js';
import type { Setting } from './setting.js';
import { isOptionName, OPTIONS, type OptionName } from './table/index.js';
import { unknownOption } from './unknown-option.js';

/**
 * Options from `tsdump.yaml` in this folder: a mapping from names to values. Without the file there are none.
 * @throws UsageError naming file and line
 */
export async function configFileSettings(confdir: string): Promise<Setting[]> {
  const path = join(confdir, 'tsdump.yaml');
  const text = readConfig(path);
  return text === undefined ? [] : parseConfig(text, path);
}

function readConfig(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UsageError(`cannot read the config file: ${message}`);
  }
}

async function parseConfig(text: string, path: string): Promise<Setting[]> {
  const { isMap, isScalar, isSeq, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const placeAt = (offset: number) => `${path}:${lines.linePos(offset).line}`;
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problem = document.errors[0];
  if (problem) throw new UsageError(`${placeAt(problem.pos[0])}: ${problem.message}`);
  if (document.contents === null) return [];
  if (!isMap(document.contents)) throw new UsageError(`${path}:1: expected lines of the form "option: value"`);

  return document.contents.items.flatMap(({ key, value }) => {
    const at = isScalar(key) ? key.range![0] : 0;
    const option = optionNamed(isScalar(key) ? String(key.value) : '', placeAt(at));
    const list = OPTIONS.get(option)!.arity === 'many' && isSeq(value) ? value.items : [value];
    return (list.length > 0 ? list : [null]).map((node): Setting => {
      const place = `${placeAt(isScalar(node) ? node.range![0] : at)}: ${option}`;
      return { option, text: textOf(node, place), source: 'config file', place };
    });
  });

  // Scalars are taken as they are written, so that `listen_host: 10.1` is text and the rules of `--set` hold here, too.
  function textOf(node: unknown, place: string): string | undefined {
    if (node === null || (isScalar(node) && node.value === null)) return undefined;
    if (!isScalar(node)) throw new UsageError(`${place}: expected a single value`);
    return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
  }
}

function optionNamed(name: string, place: string): OptionName {
  if (name === 'confdir') throw new UsageError(`${place}: confdir selects the config file and cannot be set in it`);
  if (isOptionName(name)) return name;
  throw unknownOption(place, name);
}
