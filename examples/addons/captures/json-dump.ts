// Writes a line of JSON for each exchange, with fields for a search index. `-w FILE.jsonl` writes complete flows.
//   tsdump -s json-dump.ts --set json_dump=log.jsonl
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { type Flow, flowEnded, type LoadContext } from 'tsdump';

export const observes = true;
export const observesBodies = true;

let file: WriteStream;

export async function load({ addOption }: LoadContext): Promise<void> {
  const path = addOption('json_dump', { type: 'path', default: 'flows.jsonl', help: 'File for lines of JSON.' });
  file = createWriteStream(path, { flags: 'a' });
  // If the file cannot be opened, tsdump ends here with the reason.
  await once(file, 'open');
}

export async function flowEnd(flow: Flow): Promise<void> {
  if (flow.type !== 'http') return;
  const { request, response } = flow;
  const line = {
    time: new Date(request.timestampStart * 1000),
    seconds: flowEnded(flow)! - request.timestampStart,
    client: flow.client.peer?.[0],
    method: request.method,
    url: request.prettyUrl,
    status: response?.statusCode,
    type: response?.headers.get('content-type'),
    text: response?.headers.get('content-type')?.includes('json') ? await response.body.text() : undefined,
    error: flow.error?.message,
  };
  if (!file.write(`${JSON.stringify(line)}\n`)) await once(file, 'drain');
}

export async function done(): Promise<void> {
  file.end();
  await once(file, 'close');
}
