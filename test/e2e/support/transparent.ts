import type { Test } from 'tap';
import { Network } from './network.js';
import { startServers } from './network-servers.js';
import { readRecipe } from './recipe.js';
import { Recording } from './recording.js';

export interface Transparent {
  network: Network;
  recording: Recording;
  /** File with the certificate that vouches for the servers. */
  trusted: string;
}

/**
 * Creates a network with servers, and a proxy with the firewall rules and the command line of a recipe of docs/transparent.md.
 * @param more flags of tsdump
 */
export async function startTransparent(t: Test, heading: string, more: readonly string[] = []): Promise<Transparent> {
  const { rules, args, user } = readRecipe(heading);
  const network = await Network.create(t);
  const trusted = await startServers(t, network);
  await network.script('proxy', rules);
  const recording = await Recording.start(t, {
    args: [...args, '--set', `ssl_verify_upstream_trusted_ca=${trusted}`, ...more],
    shell: network.shell('proxy', user),
  });
  return { network, recording, trusted };
}
