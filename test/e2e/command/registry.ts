import type { ServerResponse } from 'node:http';
import type { Received } from '../support/origin.js';

const SHA = '0123456789abcdef0123456789abcdef01234567';

/** The answers of a git server and of package registries that hold one package, `probe`. */
const ANSWERS: Readonly<Record<string, string>> = {
  '/git/info/refs': `${SHA}\trefs/heads/main\n`,
  '/git/HEAD': 'ref: refs/heads/main\n',
  '/npm/probe': JSON.stringify({
    name: 'probe',
    'dist-tags': { latest: '1.0.0' },
    versions: { '1.0.0': { name: 'probe', version: '1.0.0', dist: {} } },
  }),
  '/pip/probe/': '<!doctype html><a href="probe-1.0-py3-none-any.whl">probe-1.0-py3-none-any.whl</a>',
  '/aws': '<?xml version="1.0"?><ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>',
  '/cargo/config.json': JSON.stringify({ dl: 'https://unused.test/' }),
  '/cargo/pr/ob/probe': `${JSON.stringify({
    name: 'probe',
    vers: '1.0.0',
    deps: [],
    cksum: '0'.repeat(64),
    features: {},
    yanked: false,
  })}\n`,
  '/go/example.test/probe/@v/list': 'v1.0.0\n',
  '/go/example.test/probe/@v/v1.0.0.info': '{"Version":"v1.0.0","Time":"2020-01-01T00:00:00Z"}',
  '/go/example.test/probe/@v/v1.0.0.mod': 'module example.test/probe\n',
};

/** Answers as those, and any other request with a line of text. */
export function registry({ target }: Received, response: ServerResponse): void {
  const path = target.replace(/\?.*$/, '');
  const answer = ANSWERS[path] ?? ANSWERS[path.replace(/\/$/, '')];
  if (path.startsWith('/pip/') && path.endsWith('/')) response.setHeader('content-type', 'text/html');
  response.end(answer ?? `${target}\n`);
}
