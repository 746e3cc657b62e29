import t from 'tap';
import { type ClientHello, parseClientHello } from '../../../../src/engine/tls/client-hello/client-hello.js';
import { clientHello, serverName } from '../client-hello-support.js';

function parsed(body: Buffer): ClientHello {
  const outcome = parseClientHello(body);
  if (outcome.kind !== 'hello') throw new Error(outcome.message);
  return outcome;
}

t.test('a hello without extensions', async (t) => {
  t.same(parsed(clientHello({ version: 0x0301, cipherSuites: [0x002f, 0x00ff], extensions: undefined })), {
    kind: 'hello',
    legacyVersion: 0x0301,
    supportedVersions: [],
    sni: undefined,
    alpnOffers: [],
    cipherSuites: [0x002f, 0x00ff],
    signatureAlgorithms: [],
    groups: [],
  });
});

t.test('the old field of the version is ignored if the versions are listed', async (t) => {
  const versions: [number, Buffer] = [43, Buffer.from('020304', 'hex')];
  for (const version of [0, 0x0200, 0x0400]) {
    t.same(parsed(clientHello({ version, extensions: [versions] })).supportedVersions, [0x0304]);
  }
});

t.test('GREASE is left out', async (t) => {
  const hello = parsed(
    clientHello({
      cipherSuites: [0x0a0a, 0x1301, 0xfafa, 0x0a1a],
      extensions: [
        [0x2a2a, Buffer.alloc(0)],
        [43, Buffer.from('06 7a7a 0304 0303'.replaceAll(' ', ''), 'hex')],
        [13, Buffer.from('0004 0403 3a3a'.replaceAll(' ', ''), 'hex')],
        [10, Buffer.from('0004 9a9a 001d'.replaceAll(' ', ''), 'hex')],
        [16, Buffer.from('0009 02 1a1a 02 6832 02 6871'.replaceAll(' ', ''), 'hex')],
      ],
    }),
  );
  t.same(hello.cipherSuites, [0x1301, 0x0a1a]);
  t.same(hello.supportedVersions, [0x0304, 0x0303]);
  t.same(hello.signatureAlgorithms, [0x0403]);
  t.same(hello.groups, [29]);
  t.same(hello.alpnOffers, ['h2', 'hq']);
});

t.test('server names', async (t) => {
  const table: [name: string, extension: Buffer, expected: string | undefined][] = [
    ['a host', serverName('Example.com'), 'Example.com'],
    ['one label', serverName('localhost'), 'localhost'],
    ['an underscore', serverName('a_b.example.com'), 'a_b.example.com'],
    ['a final dot', serverName('example.com.'), 'example.com.'],
    ['an address', serverName('127.0.0.1'), '127.0.0.1'],
    ['an IPv6 address', serverName('::1'), '::1'],
    ['nothing', serverName(''), undefined],
    ['a space', serverName('a b'), undefined],
    ['a NUL', serverName('good.example\0.bad.example'), undefined],
    ['a wildcard', serverName('*.example.com'), undefined],
    ['letters in UTF-8', serverName('b\xc3\xbccher.example'), 'xn--bcher-kva.example'],
    ['bytes that are no UTF-8', serverName('b\xfccher.example'), undefined],
    ['a slash in UTF-8', serverName('b\xc3\xbccher/example'), undefined],
    ['a label of 64', serverName(`${'a'.repeat(64)}.com`), undefined],
    ['256 characters', serverName('a.'.repeat(128)), undefined],
    ['two names', serverName('a.example', 'b.example'), undefined],
    ['another type', Buffer.from('0004 01 0001 61'.replaceAll(' ', ''), 'hex'), undefined],
    ['an empty list', Buffer.from('0000', 'hex'), undefined],
    ['an empty extension', Buffer.alloc(0), undefined],
    ['a name longer than the list', Buffer.from('0004 00 0002 61'.replaceAll(' ', ''), 'hex'), undefined],
  ];
  for (const [name, extension, expected] of table) {
    t.equal(parsed(clientHello({ extensions: [[0, extension]] })).sni, expected, name);
  }
});

t.test('hellos that contradict themselves', async (t) => {
  const whole = clientHello({ extensions: [[0, serverName('a.example')]] });
  const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
  const table: [name: string, body: Buffer, code?: string][] = [
    ['nothing', Buffer.alloc(0)],
    ['a byte is missing', whole.subarray(0, -1)],
    ['a byte too many', Buffer.concat([whole, Buffer.alloc(1)])],
    ['no cipher suite', clientHello({ cipherSuites: [] })],
    ['session id of 33 bytes', clientHello({ sessionId: Buffer.alloc(33) })],
    ['no compression method', clientHello({ compressions: Buffer.alloc(0) })],
    ['version 2.0', clientHello({ version: 0x0200 })],
    ['version 4.0', clientHello({ version: 0x0400 })],
    [
      'an extension twice',
      clientHello({
        extensions: [
          [0, serverName('a')],
          [0, serverName('b')],
        ],
      }),
    ],
    ['half a version', clientHello({ extensions: [[43, hex('03 0304 03')]] })],
    ['a list longer than its extension', clientHello({ extensions: [[13, hex('0004 0403')]] })],
    ['something after a list', clientHello({ extensions: [[10, hex('0002 0017 00')]] })],
    ['an empty protocol', clientHello({ extensions: [[16, hex('0001 00')]] })],
    ['a protocol longer than its list', clientHello({ extensions: [[16, hex('0003 03 6832')]] })],
    ['SSL 3.0', clientHello({ version: 0x0300 }), 'ssl3'],
  ];
  for (const [name, body, code = 'malformed'] of table) t.match(parseClientHello(body), { kind: 'error', code }, name);
});

t.test('the message says whether a length is wrong or an extension is repeated', async (t) => {
  const repeated = clientHello({
    extensions: [
      [21, Buffer.alloc(8)],
      [0, serverName('a.example')],
      [21, Buffer.alloc(8)],
    ],
  });
  t.match(parseClientHello(repeated), { message: 'The ClientHello is malformed: its extension 21 is repeated' });
  // The second one promises more than is there: its length is the first mistake.
  const cut = Buffer.from('0015 0000 0015 0009 00'.replaceAll(' ', ''), 'hex');
  const body = Buffer.concat([clientHello({}), Buffer.of(0, cut.length), cut]);
  t.match(parseClientHello(body), { message: 'The ClientHello is malformed: its lengths contradict each other' });
});

t.test('every prefix of a hello is an error, but for the one that ends before the extensions', async (t) => {
  const whole = clientHello({
    extensions: [
      [0, serverName('a.example')],
      [43, Buffer.from('020304', 'hex')],
    ],
  });
  t.equal(parseClientHello(whole).kind, 'hello');
  const withoutExtensions = clientHello({}).length;
  const accepted = [];
  for (let length = 0; length < whole.length; length++) {
    if (parseClientHello(whole.subarray(0, length)).kind === 'hello') accepted.push(length);
  }
  t.same(accepted, [withoutExtensions]);
});
