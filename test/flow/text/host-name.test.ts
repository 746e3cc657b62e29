import t from 'tap';
import {
  asciiHost,
  dnsHost,
  hostFromWire,
  hostKey,
  normalizedHost,
  readableHost,
  someHostForm,
  withoutFinalDot,
} from '../../../src/flow/text/host-name.js';

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

/** What a host is written like, and what is looked up for it. */
const HOSTS: [text: string, ascii: string | undefined][] = [
  ['example.com', 'example.com'],
  ['Example.COM.', 'Example.COM.'],
  ['under_score', 'under_score'],
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['xn--bcher-kva.test', 'xn--bcher-kva.test'],
  ['bücher.test', 'xn--bcher-kva.test'],
  ['BÜCHER.test.', 'xn--bcher-kva.test.'],
  ['bu\u0308cher.test', 'xn--bcher-kva.test'],
  ['à.test', 'xn--0ca.test'],
  ['ą.test', 'xn--2da.test'],
  ['faß.test', 'xn--fa-hia.test'],
  ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
  ['пример。испытание', 'xn--e1afmkfd.xn--80akhbyknj4f'],
  ['😀.test', 'xn--e28h.test'],
  ['ä_b.test', 'xn--_b-uia.test'],
  ['１２７.0.0.1', '127.0.0.1'],
  ['b%C3%BCcher.test', 'xn--bcher-kva.test'],
  ['%65xample.com', 'example.com'],
  ['a!b', 'a!b'],
  // Nothing that the URL parser would cut off, split or leave out.
  ['', undefined],
  ['a b', undefined],
  ['a\0b', undefined],
  ['a\x7fb', undefined],
  ['a/b', undefined],
  ['a\\b', undefined],
  ['a?b', undefined],
  ['a#b', undefined],
  ['a@b', undefined],
  ['a:b', undefined],
  ['[a]', undefined],
  ['a<b', undefined],
  ['ä/b', undefined],
  ['ä?b', undefined],
  ['ä#b', undefined],
  ['ä\tb', undefined],
  ['ä\nb', undefined],
  ['ä:80', undefined],
  ['ä`b', undefined],
  ['ä{b', undefined],
  ['ä!b', undefined],
  ['%2e%2e%2fetc', undefined],
  ['good.test%00.evil.test', undefined],
  ['good.test%2Fevil', undefined],
  ['%C3', undefined],
  ['100%', undefined],
  ['%zz', undefined],
  // Code points that UTS 46 does not have in names.
  ['a\u200db', undefined],
  ['\ufffd.test', undefined],
  ['\u2100.test', undefined],
  ['\u00ad', undefined],
  ['ä..test', undefined],
  ['ä.1', undefined],
  [`${'ä'.repeat(64)}.test`, undefined],
  [`${`${'a'.repeat(60)}.`.repeat(5)}ä`, undefined],
];

for (const [text, ascii] of HOSTS) {
  t.equal(asciiHost(text), ascii, JSON.stringify(text));
  t.equal(hostFromWire(latin1(text)), ascii, `${JSON.stringify(text)} on the wire`);
}

t.test('a host in an option can be looked up', async (t) => {
  const label = 'x'.repeat(63);
  const valid = ['example.com', 'Example.COM.', 'under_score', '-a', '1.2.3.4', '::1', 'fe80::1%eth0', `${label}.test`];
  for (const text of valid) t.equal(dnsHost(text), text);
  t.equal(dnsHost('bücher.test'), 'xn--bcher-kva.test');
  const longest = `${`${label}.`.repeat(3)}${'x'.repeat(61)}`;
  t.equal(dnsHost(`${longest}.`), `${longest}.`);
  for (const text of [
    '',
    '.',
    'a..b',
    '.a',
    'a..',
    'a$b',
    '*.a',
    `${label}x.test`,
    `${longest}x`,
    'x'.repeat(1_000_000),
  ])
    t.equal(dnsHost(text), undefined, text.slice(0, 80));
});

t.test('bytes that are not UTF-8 are not a name', async (t) => {
  for (const text of ['b\xfccher.test', 'a\xff', '\xc3', '\xc0\x80', '\xed\xa0\x80'])
    t.equal(hostFromWire(text), undefined, JSON.stringify(text));
  t.equal(hostFromWire('ключ.test'), 'xn--j1ac0b1a.test', 'text of an addon is no bytes');
});

t.test('a name of any length takes linear time', async (t) => {
  // Unbounded, each takes longer than a test may.
  const letters = Array.from({ length: 100_000 }, (_, at) => String.fromCodePoint(0x4e00 + (at % 20_000))).join('');
  for (const text of [letters, encodeURIComponent(letters), `${letters}.test`]) {
    t.equal(asciiHost(text), undefined);
    t.equal(hostFromWire(latin1(text)), undefined);
  }
  const label = `xn--${'a'.repeat(400_000)}-${'b'.repeat(400_000)}`;
  t.equal(readableHost(label), label);
  t.equal(asciiHost(label), label, 'what is ASCII is for the resolver to refuse');
});

t.test('names for people', async (t) => {
  const cases: [host: string, readable: string][] = [
    ['example.com', 'example.com'],
    ['a--b', 'a--b'],
    ['xn--bcher-kva.test.', 'bücher.test.'],
    ['www.XN--BCHER-KVA.test', 'www.bücher.test'],
    ['xn--fa-hia.test', 'faß.test'],
    // A name that would be another one when it is typed.
    ['xn--zzzz-.test', 'xn--zzzz-.test'],
    ['xn--example-.test', 'xn--example-.test'],
    ['xn--ab-m1t.test', 'xn--ab-m1t.test'],
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
  ];
  for (const [host, readable] of cases) t.equal(readableHost(host), readable, host);
});

t.test('names of captures', async (t) => {
  for (const text of ['xn--bcher-kva.test', 'bücher.test', latin1('bücher.test')])
    t.equal(normalizedHost(text), 'xn--bcher-kva.test', text);
  t.equal(normalizedHost('not a host'), 'not a host');
  t.equal(normalizedHost(''), '');
});

t.test('names that are compared', async (t) => {
  t.equal(withoutFinalDot('Good.test.'), 'Good.test');
  t.equal(withoutFinalDot('.'), '.');
  t.equal(hostKey('Good.test.'), 'good.test');
  const forms = (host: string): string[] => {
    const tried: string[] = [];
    t.notOk(someHostForm(host, (form) => tried.push(form) === 0));
    return tried;
  };
  t.same(forms('Good.test.'), ['Good.test']);
  t.same(forms('xn--bcher-kva.test.'), ['xn--bcher-kva.test', 'bücher.test']);
  t.ok(someHostForm('xn--bcher-kva.test', (form) => form === 'bücher.test'));
});
