import type { Addon } from '../../flow/hooks/hooks.js';
import { placeOf, type ResolvedOptions } from '../options/resolve.js';
import type { Options } from '../options/table/index.js';
import { UsageError } from '../process/exit-error.js';
import { packageVersion } from '../version.js';

/** The addons for access control and blocking. They are loaded only if an option needs them. @throws UsageError */
export async function accessAddons(resolved: ResolvedOptions): Promise<Addon[]> {
  const { values } = resolved;
  const addons: Addon[] = [];
  if (values.blockGlobal || values.blockPrivate) {
    const { Block } = await import('../../addons/block.js');
    addons.push(new Block(values));
  }
  if (values.proxyauth) addons.push(await proxyAuth(values.proxyauth, placeOf(resolved, 'proxyauth')));
  if (values.blockList.length > 0) {
    const placeOfSpec = (spec: string): string => placeOf(resolved, 'block_list', spec);
    addons.push(...(await blockLists(values.blockList, placeOfSpec)));
  }
  return addons;
}

async function proxyAuth(spec: string, place: string): Promise<Addon> {
  const { makeVerifier, ProxyAuth } = await import('../../addons/proxyauth/proxyauth.js');
  const { ProxyAuthError } = await import('../../addons/proxyauth/proxyauth-error.js');
  try {
    return new ProxyAuth(makeVerifier(spec));
  } catch (error) {
    throw error instanceof ProxyAuthError ? new UsageError(`${place}: ${error.message}`, 'option-value') : error;
  }
}

async function blockLists(specs: Options['blockList'], placeOfSpec: (spec: string) => string): Promise<Addon[]> {
  const { BlockList, BlockSpecError } = await import('../../addons/block-list.js');
  const { FilterError } = await import('../../filters/index.js');
  const version = packageVersion();
  return specs.map((spec) => {
    try {
      return BlockList.parse(spec, version);
    } catch (error) {
      if (!(error instanceof BlockSpecError || error instanceof FilterError)) throw error;
      throw new UsageError(
        `${placeOfSpec(spec)}: cannot read ${JSON.stringify(spec)}: ${error.message}`,
        'option-value',
      );
    }
  });
}
