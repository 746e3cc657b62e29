import { strftime } from '../../serialize/output/rotation/strftime.js';

/** The path in `PATH` or `+PATH`; directives of strftime in it are still there. */
export function outputPath(spec: string): string {
  return spec.replace(/^\+(?=.)/, '');
}

/** The file that `PATH` or `+PATH` means now. */
export function currentPath(spec: string): string {
  return strftime(outputPath(spec), new Date());
}
