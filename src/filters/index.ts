export { compileFilter, type FilterOptions } from './compile.js';
export { FilterError } from './error.js';
export { filterHelp } from './help.js';
export { filterHints } from './hints.js';
export { OPERATORS } from './operators/index.js';
