import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { CommandResult } from '../../e2e/support/command.js';
import { curl } from '../../e2e/support/curl.js';
import { Recording } from '../../e2e/support/recording.js';

export const ROOT = join(import.meta.dirname, '../../../..');
const FOLDER = join(ROOT, 'examples/addons');

/** The examples, as `folder/name`. */
export const EXAMPLES: readonly string[] = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => path.replace(/\.ts$/, ''));

/** The flags that load examples. */
export function scripts(...names: string[]): string[] {
  return names.flatMap((name) => ['-s', join(FOLDER, `${name}.ts`)]);
}

/** Starts the program with examples; hosts that clients name are all at this proxy, such as an origin of the test. */
export function startBefore(t: Test, authority: string, args: readonly string[]): Promise<Recording> {
  return Recording.start(t, { args: ['-m', `upstream:http://${authority}`, ...args] });
}

/** What curl got. */
export interface Fetched {
  head: string;
  body: string;
  code: number | null;
}

/** Fetches a URL through the program by curl. @returns the status line and headers, and the body */
export async function fetchBy({ url: proxy }: Recording, url: string, ...args: string[]): Promise<Fetched> {
  const { stdout, code }: CommandResult = await curl(proxy, ['-i', ...args, url]);
  const text = String(stdout);
  const end = text.indexOf('\r\n\r\n');
  return end < 0 ? { head: '', body: text, code } : { head: text.slice(0, end + 2), body: text.slice(end + 4), code };
}

/** Fetches a URL through the program by Node, which shows trailers. */
export async function withTrailers({ port }: Recording, url: string): Promise<{ body: string; trailers: unknown }> {
  const headers = { Host: new URL(url).host };
  const [response] = await once(
    request({ host: '127.0.0.1', port, path: url, headers, agent: false }).end(),
    'response',
  );
  let body = '';
  for await (const chunk of response) body += chunk;
  return { body, trailers: { ...response.trailers } };
}
