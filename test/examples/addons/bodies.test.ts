import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { needs } from '../../e2e/support/command.js';
import { Origin, type Received } from '../../e2e/support/origin.js';
import { folder } from '../../support/folder.js';
import { fetchBy, scripts, startBefore } from './support.js';

t.setTimeout(300_000);

const LARGE = 'x'.repeat(1_500_000);

function serve({ target }: Received, response: ServerResponse): void {
  const { pathname } = new URL(target);
  response.setHeader('Content-Type', pathname.endsWith('.bin') ? 'application/foo' : 'text/plain');
  if (pathname === '/pieces') {
    // The word goes over the border of two writes.
    response.write('one fo');
    response.write('o and fo', () => response.end('ur, f'));
  } else if (pathname === '/packed') response.setHeader('Content-Encoding', 'gzip').end(gzipSync('foo and foo'));
  else {
    const body = pathname === '/large.bin' ? LARGE : 'foo';
    response.setHeader('Content-Length', body.length).end(body);
  }
}

t.test('examples for bodies that stream', needs('curl'), async (t) => {
  const origin = await Origin.start(t, serve);
  const saved = join(folder(t), 'bodies');
  const names = ['bodies/stream-modify', 'bodies/stream-simple', 'bodies/save-bodies'];
  const recording = await startBefore(t, origin.authority, [
    ...scripts(...names, 'captures/sample-flows'),
    ...['--set', `save_bodies=${saved}`, '--set', 'sample=2', '~marked'],
  ]);
  const fetched = (path: string, ...args: string[]) => fetchBy(recording, `http://example.com${path}`, ...args);
  const pieces = await fetched('/pieces');
  t.equal(pieces.body, 'one bar and four, f', 'stream-modify');
  t.equal((await fetched('/packed', '--compressed')).body, 'bar and bar', 'stream-modify: compressed');
  const small = await fetched('/small.bin');
  t.equal(small.body, 'foo', 'stream-modify leaves other types alone');
  t.match(small.head, /^X-Length: 3\r$/m, 'stream-simple holds what is small');
  const large = await fetched('/large.bin');
  t.equal(large.body.length, LARGE.length);
  t.notMatch(large.head, 'X-Length', 'stream-simple: what is large was not held');

  const flows = await recording.http(t);
  t.same(
    flows.map(({ flow }) => flow.request.path),
    ['/pieces', '/small.bin'],
    'sample-flows',
  );
  const bodies = readdirSync(saved).map((name) => [name.slice(37), readFileSync(join(saved, name), 'latin1')]);
  t.same(
    Object.fromEntries(bodies),
    { pieces: pieces.body, packed: 'bar and bar', 'small.bin': 'foo', 'large.bin': LARGE },
    'save-bodies',
  );
  t.ok(flows.every(({ flow }) => bodies.length === 4 && readdirSync(saved).some((name) => name.startsWith(flow.id))));
});
