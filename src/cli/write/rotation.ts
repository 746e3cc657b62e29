import type { RotationRules } from '../../serialize/output/rotation/rotating-writer.js';
import { hasDirectives } from '../../serialize/output/rotation/strftime.js';
import type { Options } from '../options/table/index.js';
import { UsageError } from '../process/exit-error.js';
import { currentPath, outputPath } from './output-format.js';
import { isSpecialFile } from './special-file.js';

type RotationOptions = Pick<Options, 'rotateFlows' | 'rotateInterval' | 'rotateKeep' | 'rotateSize' | 'saveStreamFile'>;

/**
 * The rotation rules of the outputs of `save_stream_file`, by their specs; empty for outputs that cannot be rotated, such as
 * stdout.
 * @throws UsageError for rules without an output to which they apply
 */
export function rotationRules(options: RotationOptions): ReadonlyMap<string, RotationRules> {
  const { rotateFlows: flows, rotateInterval, rotateKeep: keep, rotateSize: size, saveStreamFile } = options;
  const rules = { flows, size, keep, interval: rotateInterval && rotateInterval * 1000 };
  const obstacles = saveStreamFile.map((spec) => obstacle(spec, options));
  const first = obstacles.find((one) => one !== undefined);
  if (first && obstacles.every((one) => one !== undefined)) throw new UsageError(first, 'option-conflict');
  return new Map(saveStreamFile.map((spec, at) => [spec, obstacles[at] === undefined ? rules : {}]));
}

/** The reason why an output cannot be rotated; undefined if it can be rotated, or no rules are set. */
function obstacle(spec: string, options: RotationOptions): string | undefined {
  const { rotateFlows, rotateInterval, rotateKeep, rotateSize } = options;
  const rules = { rotate_size: rotateSize, rotate_flows: rotateFlows, rotate_interval: rotateInterval };
  const given = Object.entries(rules).find(([, value]) => value !== undefined)?.[0];
  const name = given ?? (rotateKeep === undefined ? undefined : 'rotate_keep');
  if (!name) return undefined;
  if (spec === '-') return `${name}: stdout (-w -) cannot be rotated`;
  if (!given && !hasDirectives(outputPath(spec))) {
    return 'rotate_keep: needs another rotate_… option, or a % directive in -w';
  }
  const path = currentPath(spec);
  return isSpecialFile(path) ? `${name}: ${path} is not a regular file and cannot be rotated` : undefined;
}
