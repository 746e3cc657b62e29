import t from 'tap';
import { TargetParser } from '../../../../src/engine/http1/head/request-target.js';
import { refusal } from '../../../support/refusal.js';

const GOOD: [
  method: string,
  target: string,
  host: string,
  port: number,
  authority: string,
  path: string,
  scheme?: string,
][] = [
  ['GET', 'http://a/', 'a', 80, 'a', '/'],
  ['GET', 'http://a', 'a', 80, 'a', '/'],
  ['OPTIONS', 'http://a', 'a', 80, 'a', '*'],
  ['OPTIONS', 'http://a/', 'a', 80, 'a', '/'],
  ['GET', 'http://a:8080/x', 'a', 8080, 'a:8080', '/x'],
  ['GET', 'http://a:/x', 'a', 80, 'a:', '/x'],
  ['GET', 'HTTP://A.Example/X', 'A.Example', 80, 'A.Example', '/X'],
  ['GET', 'https://a/x', 'a', 443, 'a', '/x', 'https'],
  ['GET', 'http://[::1]/x', '::1', 80, '[::1]', '/x'],
  ['GET', 'http://[2001:db8::1]:81/x', '2001:db8::1', 81, '[2001:db8::1]:81', '/x'],
  ['GET', 'http://u:p@a:81/x', 'a', 81, 'u:p@a:81', '/x'],
  ['GET', 'http://u@[::1]:81/x', '::1', 81, 'u@[::1]:81', '/x'],
  ['GET', 'ws://a/x', 'a', 80, 'a', '/x'],
  ['GET', 'wss://a/x', 'a', 443, 'a', '/x', 'https'],
  ['GET', 'http://a?q=1', 'a', 80, 'a', '/?q=1'],
  ['GET', 'http://a#f', 'a', 80, 'a', '/#f'],
  ['GET', 'http://a/?q=http://b:1/', 'a', 80, 'a', '/?q=http://b:1/'],
  ['GET', 'http://a/%7E/.././/x\xe4"<>|^`{}\\', 'a', 80, 'a', '/%7E/.././/x\xe4"<>|^`{}\\'],
  ['GET', 'http://a/x@b:c', 'a', 80, 'a', '/x@b:c'],
];

t.test('absolute form', async (t) => {
  const parser = new TargetParser(undefined);
  for (const [method, target, host, port, authority, path, scheme = 'http'] of [...GOOD, ...GOOD.toReversed()]) {
    const [origin] = /^[^:]*:\/\/[^/?#]*/.exec(target)!;
    t.same(parser.parse(method, target), { scheme, host, port, authority, path, origin }, target);
  }
});

t.test('with a fixed destination the target does not choose it', async (t) => {
  const parser = new TargetParser({ scheme: 'https', host: 'fixed', port: 1 });
  const where = { scheme: 'https', host: 'fixed', port: 1 };
  t.same(parser.parse('GET', '/x?y'), { ...where, authority: '', path: '/x?y', origin: '' });
  t.same(parser.parse('GET', '//a/x'), { ...where, authority: '', path: '//a/x', origin: '' });
  t.same(parser.parse('OPTIONS', '*'), { ...where, authority: '', path: '*', origin: '' });
  t.same(parser.parse('GET', 'http://a:2/x'), { ...where, authority: 'a:2', path: '/x', origin: 'http://a:2' });
  t.same(parser.parse('GET', 'ws://a:2/x'), { ...where, authority: 'a:2', path: '/x', origin: 'ws://a:2' });
});

t.test('invalid targets', async (t) => {
  const bad = [
    '/',
    '/x',
    '*',
    'a',
    'a:80',
    'http:/a',
    'http//a',
    '://a',
    '1http://a',
    'http://',
    'http:///x',
    'http://:80/',
    'http://a:0/',
    'http://a:65536/',
    'http://a:x/',
    'http://a b/',
    'http://[::1/',
    'http://::1:80:/',
    'http://[a]/',
    'http://[::1]x/',
    'http://a\\b/',
    'gopher://a:70/',
  ];
  for (const target of bad) {
    const parser = new TargetParser(undefined);
    t.match(
      refusal(() => parser.parse('GET', target)),
      /^400 /,
      target,
    );
    t.match(
      refusal(() => parser.parse('GET', target)),
      /^400 /,
      `${target} again`,
    );
    t.equal(parser.parse('GET', 'http://a/').host, 'a');
  }
  t.equal(
    refusal(() => new TargetParser(undefined).parse('GET', 'ftp://a/')),
    '400 Only http and https URLs are served, not "ftp:"',
  );
});
