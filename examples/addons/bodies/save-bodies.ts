// Writes the bodies of responses to files. They stream to the client meanwhile; `flowEnd` holds nothing.
//   tsdump -s save-bodies.ts --set save_bodies=folder '~t image'
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Flow, LoadContext } from 'tsdump';

export const observes = true;
// So that bodies are kept until the end of the flow.
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
  // Piece by piece, so that memory does not grow with the body.
  await pipeline(response.body.chunks(), createWriteStream(join(folder, `${flow.id}-${name}`)));
}
