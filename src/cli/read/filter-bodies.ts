import { type FlowFilter, loadBodies, unloadBodies } from '../../flow/filter.js';
import { type Flow, releaseFlow } from '../../flow/flow.js';
import type { OnDamaged } from '../process/error-codes.js';
import type { Session } from '../session.js';

/**
 * Evaluates a filter that needs bodies, and loads them for it.
 * @param damaged called if a body cannot be read
 * @returns whether the flow matches; if not, it is released
 */
export async function matchesBodies(
  flow: Flow,
  filter: FlowFilter,
  session: Session,
  damaged: OnDamaged,
): Promise<boolean> {
  try {
    if (await loadBodies(flow, session.options.bodySearchLimit)) session.onSearchLimit();
  } catch (error) {
    damaged(`A body of flow ${flow.id} cannot be read: ${(error as Error).message}`, 'input-body');
  }
  const verdict = filter.evaluate(flow, 'end');
  unloadBodies(flow);
  if (verdict === 'yes') return true;
  releaseFlow(flow);
  return false;
}
