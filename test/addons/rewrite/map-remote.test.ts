import t from 'tap';
import { type Exchange, exchange } from './flows.js';
import { addonsFor, keepingLog, runHooks } from './rewriting.js';

const CASES: [specs: string[], parts: Exchange, url: string, host: string][] = [
  [['|//a.test/|//b.test/'], {}, 'http://b.test/', 'b.test'],
  [['|http://a.test|https://b.test:8443'], { url: 'http://a.test/x?y' }, 'https://b.test:8443/x?y', 'b.test:8443'],
  [['|^http:|https:'], { url: 'http://a.test:81/' }, 'https://a.test:81/', 'a.test:81'],
  [['|/(\\w+)/(\\w+)$|/\\2/\\g<1>'], { url: 'http://a.test/x/y' }, 'http://a.test/y/x', 'a.test'],
  [['|~m POST|a.test|b.test'], {}, 'http://a.test/', 'a.test'],
  [['|~m POST|a.test|b.test'], { method: 'POST' }, 'http://b.test/', 'b.test'],
  [['|a.test|b.test', '|b.test|c.test'], {}, 'http://c.test/', 'c.test'],
  [['|a.test|b.test', '|~d b.test|$|x'], {}, 'http://b.test/x', 'b.test'],
  [['|~b secret|a.test|b.test'], { method: 'POST', requestBody: 'a secret' }, 'http://b.test/', 'b.test'],
  [['|~b secret|a.test|b.test'], { method: 'POST', requestBody: 'nothing' }, 'http://a.test/', 'a.test'],
  [['|~bs secret|a.test|b.test'], { responseBody: 'a secret' }, 'http://a.test/', 'a.test'],
  [['|http://|'], {}, 'http://a.test/', 'a.test'],
  [['|/$|/#fragment'], {}, 'http://a.test/', 'a.test'],
];

t.test('where requests go', async (t) => {
  for (const [specs, parts, url, host] of CASES) {
    const flow = exchange(parts);
    t.same(await runHooks(await addonsFor({ map_remote: specs }), [flow]), []);
    t.equal(flow.request.url, url, specs.join(' '));
    t.equal(flow.request.headers.get('host'), host, specs.join(' '));
  }
});

t.test('the host that the client asked for counts', async (t) => {
  const flow = exchange();
  flow.request.headers.set('Host', 'named.test');
  await runHooks(await addonsFor({ map_remote: ['|named.test|b.test'] }), [flow]);
  t.equal(flow.request.url, 'http://b.test/');
});

t.test('an invalid URL is reported, and changes nothing', async (t) => {
  const lines: string[] = [];
  const flow = exchange();
  t.same(await runHooks(await addonsFor({ map_remote: ['|^http:|'] }, keepingLog(lines)), [flow]), []);
  t.equal(flow.request.url, 'http://a.test/');
  t.equal(lines.length, 1);
});
