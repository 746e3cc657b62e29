import type { FlowFilter } from '../filter.js';
import type { Addon } from './hooks.js';
import type { LoadContext } from './load-context.js';

/**
 * An addon as a script exports it: as named exports (`export function request(flow) {}`), or as the default export, which may
 * also be a class or an array of addons.
 */
export interface ScriptAddon extends Omit<Addon, 'filter'> {
  /** Flow hooks are called only for flows that match: a filter expression, such as `~d api & ~m POST`. */
  filter?: string | FlowFilter;
  /** Called once, before any hook. The program waits for it before it starts. */
  load?: (context: LoadContext) => void | Promise<void>;
}
