// Writes response bodies to files. `flowEnd` holds nothing, so they still stream to the client.
//   tsdump -s save-bodies.ts --set save_bodies=folder '~t image'
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Flow, LoadContext } from 'tsdump';

export const observes = true;
// Keeps bodies until the end of the flow.
export const observesBodies = true;

let folder: string;

export function load({ addOption }: LoadContext): void {
  folder = addOption('save_bodies', { type: 'path', default: 'bodies', help: 'Folder for the bodies of responses.' });
  mkdirSync(folder, { recursive: true });
}

export async function flowEnd(flow: Flow): Promise<void> {
  if (flow.type !== 'http' || !flow.response?.body.size) return;
  const { request, response } = flow;
  const name = request.pathSegments.at(-1)?.replace(/[^\w.-]/g, '_') ?? 'index';
  // Streamed, so that memory does not grow with the body.
  await pipeline(response.body.chunks(), createWriteStream(join(folder, `${flow.id}-${name}`)));
}
