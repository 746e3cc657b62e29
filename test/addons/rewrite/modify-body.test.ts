import { join } from 'node:path';
import t from 'tap';
import { exchange } from './flows.js';
import { addonsFor, keepingLog, runHooks } from './rewriting.js';

const folder = t.testdir({ value: 'C:\\1\\d' });

const CASES: [specs: string[], request: string, response: string][] = [
  [['/foo/bar'], 'a bar', '<p>bar</p>\nbar'],
  [['/~q/foo/bar'], 'a bar', '<p>foo</p>\nfoo'],
  [['/~s/foo/bar'], 'a foo', '<p>bar</p>\nbar'],
  [['/f(o+)/\\1\\\\g<1>'], 'a oooo', '<p>oooo</p>\noooo'],
  [['/f(?P<os>o+)/[\\g<os>]'], 'a [oo]', '<p>[oo]</p>\n[oo]'],
  [['/foo/$1$&$$'], 'a $1$&$$', '<p>$1$&$$</p>\n$1$&$$'],
  [['/<p>.*foo/x'], 'a foo', 'x'],
  [['/\\bfoo$/x'], 'a x', '<p>foo</p>\nx'],
  [['/(o)\\1/0'], 'a f0', '<p>f0</p>\nf0'],
  [['/foo/\\x41\\n\\101'], 'a A\nA', '<p>A\nA</p>\nA\nA'],
  [['/foo/bar', '/bar/baz'], 'a baz', '<p>baz</p>\nbaz'],
  [['/foo/bar', '/~b bar/a/A'], 'A bAr', '<p>bAr</p>\nbAr'],
  [['/foo/bar', '/~b foo/a/A'], 'a bar', '<p>bar</p>\nbar'],
  [[`|foo|@${join(folder, 'value')}`], 'a C:\\1\\d', '<p>C:\\1\\d</p>\nC:\\1\\d'],
  [['|~q|foo|a/b|c'], 'a a/b|c', '<p>foo</p>\nfoo'],
];

t.test('bodies before and after', async (t) => {
  for (const [specs, request, response] of CASES) {
    for (const coding of ['identity', 'gzip', 'br', 'deflate']) {
      const fields: [string, string][] = [['Content-Encoding', coding]];
      const flow = exchange({
        method: 'POST',
        requestBody: 'a foo',
        responseBody: '<p>foo</p>\nfoo',
        response: fields,
      });
      t.same(await runHooks(await addonsFor({ modify_body: specs }), [flow]), []);
      const { body, headers } = flow.response!;
      t.same([await flow.request.body.text(), await body.text()], [request, response], `${specs.join(' ')} ${coding}`);
      t.equal(headers.get('content-length'), String(body.size));
    }
  }
});

t.test('bodies without a match stay as they were', async (t) => {
  const flow = exchange({ method: 'POST', requestBody: 'a foo', responseBody: 'foo' });
  await runHooks(await addonsFor({ modify_body: ['/absent/x', '/~c 404/foo/x', '/f{9}/x'] }), [flow]);
  t.notOk(flow.request.changed);
  t.notOk(flow.response!.changed);
});

/** A response without content, and what a regex that matches nothing makes of it. */
const EMPTY: [method: string, status: number, body: string][] = [
  ['GET', 200, 'x'],
  ['HEAD', 200, ''],
  ['GET', 204, ''],
  ['GET', 304, ''],
];

t.test('a response that can have no body gets none', async (t) => {
  for (const [method, status, body] of EMPTY) {
    const flow = exchange({ method, status, responseBody: '', response: [['Content-Length', '44']] });
    await runHooks(await addonsFor({ modify_body: ['/~s/^/x'] }), [flow]);
    t.equal(await flow.response!.body.text(), body, `${method} ${status}`);
    t.equal(flow.response!.headers.get('content-length'), body ? '1' : '44');
  }
});

t.test('only messages are held that a filter is for', async (t) => {
  const [request, response] = await addonsFor({ modify_body: ['/~c 404/a/b', '/~m POST & ~q/a/b'] });
  const get = exchange({ status: 0 });
  const post = exchange({ method: 'POST', status: 0 });
  t.equal(request!.filter!.evaluate(get, 'requestHeaders'), 'no');
  t.equal(request!.filter!.evaluate(post, 'requestHeaders'), 'yes');
  t.equal(response!.filter!.evaluate(post, 'requestHeaders'), 'later');
  t.equal(response!.filter!.evaluate(exchange({ status: 200 }), 'responseHeaders'), 'no');
  t.equal(response!.filter!.evaluate(exchange({ status: 404 }), 'responseHeaders'), 'yes');
});

t.test('a body that cannot be decoded, or a regex that takes too long, changes nothing', async (t) => {
  const lines: string[] = [];
  const flows = [
    exchange({ responseBody: `${'a'.repeat(5000)}bac` }),
    exchange({ responseBody: 'not gzip at all, but text' }),
  ];
  flows[1]!.response!.headers.set('Content-Encoding', 'gzip');
  const addons = await addonsFor({ modify_body: ['/(?:a|aa)+c/x'] }, keepingLog(lines));
  t.same(await runHooks(addons, flows), []);
  t.equal(lines.length, 2);
  for (const { response } of flows) t.notOk(response!.body.changed);
});

t.test('event streams are forwarded as they arrive', async (t) => {
  const flow = exchange({ response: [['Content-Type', 'text/event-stream']], responseBody: 'data: foo\n\n' });
  await runHooks(await addonsFor({ modify_body: ['/foo/bar'] }), [flow]);
  t.notOk(flow.response!.body.changed);
});
