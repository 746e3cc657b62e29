import type { RewriteContext } from '../../addons/rewrite/rewrite-context.js';
import type { FlowFilter } from '../../flow/filter.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import type { Log } from '../../flow/log.js';
import { placeOf, type ResolvedOptions } from '../options/resolve.js';
import type { OptionName } from '../options/table/index.js';
import { UsageError } from '../process/exit-error.js';
import { packageVersion } from '../version.js';

/** Addons that wait for a whole request only if a filter reads bodies. */
const MAPS: ReadonlySet<string> = new Set(['map_remote', 'map_local']);

/**
 * The addons that rewrite flows, in call order. Only those that an option needs are loaded.
 * @throws UsageError with the place of the mistake in a spec
 */
export async function rewritingAddons(resolved: ResolvedOptions, log: Log): Promise<Addon[]> {
  const { values } = resolved;
  const { modifyHeaders, modifyBody, mapRemote, mapLocal, anticache, anticomp, stickyauth, stickycookie } = values;
  const lists = [modifyHeaders, modifyBody, mapRemote, mapLocal].some(({ length }) => length > 0);
  if (!lists && !anticache && !anticomp && !stickyauth && !stickycookie) return [];
  const fixed = { log, version: packageVersion(), bodySearchLimit: values.bodySearchLimit };
  // An addon that waits for whole requests delays all later ones.
  const context = (): RewriteContext => ({
    ...fixed,
    isLate: addons.some(({ name, request }) => request && MAPS.has(name!)),
  });
  const { SpecError } = await import('../../addons/rewrite/spec.js');
  const { compileFilter, FilterError } = await import('../../filters/index.js');
  const addons: Addon[] = [];

  if (modifyHeaders.length > 0) {
    const { ModifyHeaders } = await import('../../addons/rewrite/modify-headers.js');
    addons.push(checked('modify_headers', () => new ModifyHeaders(modifyHeaders, context())));
  }
  if (anticache) addons.push(new (await import('../../addons/rewrite/anticache-anticomp.js')).AntiCache());
  if (anticomp) addons.push(new (await import('../../addons/rewrite/anticache-anticomp.js')).AntiComp());
  if (mapRemote.length > 0) {
    const module = await import('../../addons/rewrite/map-remote.js');
    addons.push(checked('map_remote', () => module.mapRemote(mapRemote, context())));
  }
  if (mapLocal.length > 0) {
    const module = await import('../../addons/rewrite/map-local.js');
    addons.push(checked('map_local', () => module.mapLocal(mapLocal, context())));
  }
  if (modifyBody.length > 0) {
    const module = await import('../../addons/rewrite/modify-body.js');
    addons.push(...checked('modify_body', () => module.modifyBody(modifyBody, context())));
  }
  if (stickyauth) {
    const { stickyAuth } = await import('../../addons/rewrite/sticky.js');
    addons.push(stickyAuth(filterOf('stickyauth', stickyauth), context()));
  }
  if (stickycookie) {
    const { stickyCookie } = await import('../../addons/rewrite/sticky.js');
    addons.push(...stickyCookie(filterOf('stickycookie', stickycookie), context()));
  }
  return addons;

  function filterOf(option: OptionName, text: string): FlowFilter {
    return checked(option, () => compileFilter(text));
  }

  function checked<Result>(option: OptionName, make: () => Result): Result {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof SpecError || error instanceof FilterError)) throw error;
      const place = placeOf(resolved, option, error instanceof SpecError ? error.spec : undefined);
      throw new UsageError(`${place}: ${error.message}`, 'option-value');
    }
  }
}
