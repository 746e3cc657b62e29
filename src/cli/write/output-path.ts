import { strftime } from '../../serialize/output/rotation/strftime.js';

/** The path in `PATH` or `+PATH`, with its strftime directives. */
export function outputPath(spec: string): string {
  return spec.replace(/^\+(?=.)/, '');
}

/** The current file of `PATH` or `+PATH`, with strftime directives expanded. */
export function currentPath(spec: string): string {
  return strftime(outputPath(spec), new Date());
}
