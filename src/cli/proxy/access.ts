import type { Addon } from '../../flow/hooks/hooks.js';
import type { ResolvedOptions } from '../options/resolve.js';
import type { Options } from '../options/table/index.js';
import { UsageError } from '../process/exit-error.js';
import { packageVersion } from '../version.js';

/** The addons for access control and blocking. They are loaded only if an option needs them. @throws UsageError */
export async function accessAddons({ values, origins }: ResolvedOptions): Promise<Addon[]> {
  const addons: Addon[] = [];
  if (values.blockGlobal || values.blockPrivate) {
    const { Block } = await import('../../addons/block.js');
    addons.push(new Block(values));
  }
  if (values.proxyauth) addons.push(await proxyAuth(values.proxyauth, origins.get('proxyauth')!.place));
  if (values.blockList.length > 0) {
    addons.push(...(await blockLists(values.blockList, origins.get('block_list')!.place)));
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

async function blockLists(specs: Options['blockList'], place: string): Promise<Addon[]> {
  const { BlockList, BlockSpecError } = await import('../../addons/block-list.js');
  const { FilterError } = await import('../../filters/index.js');
  const version = packageVersion();
  return specs.map((spec) => {
    try {
      return BlockList.parse(spec, version);
    } catch (error) {
      if (!(error instanceof BlockSpecError || error instanceof FilterError)) throw error;
      throw new UsageError(`${place}: cannot read ${JSON.stringify(spec)}: ${error.message}`, 'option-value');
    }
  });
}
