import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Exchange, exchange } from './flows.js';
import { addonsFor, runHooks } from './rewriting.js';

const folder = t.testdir({
  outside: 'secret',
  web: {
    'index.html': 'index',
    'a b.txt': 'blank',
    'q_x_1.js': 'escaped',
    'none.unknowntype': 'untyped',
    sub: { 'index.html': 'sub', 'page.html': 'page' },
  },
});
const web = join(folder, 'web');
symlinkSync(join(folder, 'outside'), join(web, 'leak'));
symlinkSync(folder, join(web, 'up'));
symlinkSync(join(web, 'sub/page.html'), join(web, 'inside'));
const LARGE = 'abcdefgh'.repeat(100_000);
writeFileSync(join(web, 'large.bin'), LARGE);

const IN_WEB = `|//a.test/|${web}`;
const BY_GROUP = `|//a.test/x/([^?]*)|${web}`;

/** undefined: the recorded response stays. */
const CASES: [spec: string, path: string, content: string | undefined, status?: number][] = [
  [IN_WEB, '/', 'index'],
  [IN_WEB, '/?query', 'index'],
  [IN_WEB, '/sub', 'sub'],
  [IN_WEB, '/sub/', 'sub'],
  [IN_WEB, '/sub/page.html?x=/', 'page'],
  [IN_WEB, '/a%20b.txt', 'blank'],
  [IN_WEB, '/q%3fx%3F1.js', 'escaped'],
  [IN_WEB, '/inside', 'page'],
  [IN_WEB, '/large.bin', LARGE],
  [IN_WEB, '/absent', '', 404],
  [IN_WEB, '/leak', '', 404],
  [IN_WEB, '/up/outside', '', 404],
  [IN_WEB, '/up/web/index.html', 'index'],
  [IN_WEB, '/..%2foutside', '', 404],
  [IN_WEB, '/%2e%2e/outside', '', 404],
  [IN_WEB, '/sub/..%2f..%2foutside', '', 404],
  [IN_WEB, '/..%5coutside', '', 404],
  [IN_WEB, `/${encodeURIComponent(join(folder, 'outside'))}`, '', 404],
  [IN_WEB, '/index.html%00', '', 404],
  [BY_GROUP, '/x/sub/page.html?y', 'page'],
  [BY_GROUP, '/x/', 'index'],
  [BY_GROUP, '/y/', undefined],
  [`|//a.test/|${join(web, 'sub/page.html')}`, '/whatever', 'page'],
  [`|~m POST|//a.test/|${web}`, '/', undefined],
  [`|//b.test/|${web}`, '/', undefined],
];

t.test('which file answers', async (t) => {
  for (const [spec, path, content, status = 200] of CASES) {
    const flow = exchange({ responseBody: 'recorded' });
    flow.request.path = path;
    t.same(await runHooks(await addonsFor({ map_local: [spec] }), [flow]), []);
    const { response } = flow;
    t.equal(await response!.body.text(), content ?? 'recorded', path);
    t.equal(response!.statusCode, status, path);
    t.equal(response!.headers.get('content-length'), String((content ?? 'recorded').length), path);
    response!.body.release();
  }
});

t.test('of several specs the first with a file answers', async (t) => {
  const specs = [`|//a.test/|${join(web, 'sub')}`, IN_WEB];
  const flow = exchange({ url: 'http://a.test/a%20b.txt' });
  await runHooks(await addonsFor({ map_local: specs }), [flow]);
  t.equal(await flow.response!.body.text(), 'blank');
});

t.test('content types', async (t) => {
  const types = { '/sub/page.html': 'text/html', '/q_x_1.js': 'text/javascript', '/none.unknowntype': undefined };
  for (const [path, type] of Object.entries(types)) {
    const flow = exchange({ url: `http://a.test${path}` });
    await runHooks(await addonsFor({ map_local: [IN_WEB] }), [flow]);
    t.equal(flow.response!.headers.get('content-type'), type);
    t.match(flow.response!.headers.get('server'), /^tsdump /);
  }
});

const RANGES: [range: string, status: number, content: string, contentRange: string | undefined, more?: Exchange][] = [
  ['bytes=0-1', 206, 'pa', 'bytes 0-1/4'],
  ['bytes=2-', 206, 'ge', 'bytes 2-3/4'],
  ['bytes=-1', 206, 'e', 'bytes 3-3/4'],
  ['bytes=-9', 206, 'page', 'bytes 0-3/4'],
  ['bytes=1-99', 206, 'age', 'bytes 1-3/4'],
  ['bytes=4-', 416, '', 'bytes */4'],
  ['bytes=-0', 416, '', 'bytes */4'],
  ['bytes=0-0,2-2', 200, 'page', undefined],
  ['bytes=3-1', 200, 'page', undefined],
  ['lines=0-1', 200, 'page', undefined],
  ['bytes=-', 200, 'page', undefined],
  ['bytes=0-1', 200, 'page', undefined, { method: 'POST' }],
  ['bytes=0-1', 200, 'page', undefined, { request: [['If-Range', '"x"']] }],
];

t.test('ranges', async (t) => {
  for (const [range, status, content, contentRange, more = {}] of RANGES) {
    const request: [string, string][] = [['Range', range], ...(more.request ?? [])];
    const flow = exchange({ url: 'http://a.test/sub/page.html', ...more, request });
    await runHooks(await addonsFor({ map_local: [IN_WEB] }), [flow]);
    const { statusCode, headers, body } = flow.response!;
    t.same([statusCode, await body.text(), headers.get('content-range')], [status, content, contentRange], range);
    t.equal(headers.get('content-length'), String(content.length), range);
  }
});

t.test('a range of a large file', async (t) => {
  const flow = exchange({ url: 'http://a.test/large.bin', request: [['Range', 'bytes=5-600004']] });
  await runHooks(await addonsFor({ map_local: [IN_WEB] }), [flow]);
  t.equal(await flow.response!.body.text(), LARGE.slice(5, 600_005));
  flow.response!.body.release();
});

t.test('HEAD has the length and no content', async (t) => {
  const flow = exchange({ method: 'HEAD', url: 'http://a.test/sub/page.html' });
  await runHooks(await addonsFor({ map_local: [IN_WEB] }), [flow]);
  t.equal(flow.response!.headers.get('content-length'), '4');
  t.equal(flow.response!.body.size, 0);
});
