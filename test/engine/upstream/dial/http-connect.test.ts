import t from 'tap';
import { ProtocolError } from '../../../../src/engine/errors.js';
import { connectAnswerReader, connectRequest } from '../../../../src/engine/upstream/dial/http-connect.js';
import { prefixes } from '../../../support/cuts.js';
import { Random } from '../../../support/random.js';

t.equal(
  String(connectRequest(['example.com', 443], undefined, true)),
  'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n',
);
t.equal(
  String(connectRequest(['::1', 443], 'Basic dTpw', true)),
  'CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\nProxy-Authorization: Basic dTpw\r\n\r\n',
);
t.equal(String(connectRequest(['a', 1], undefined, false)), 'CONNECT a:1 HTTP/1.1\r\n\r\n');

const ANSWERS: [text: string, statusCode: number, reason: string][] = [
  ['HTTP/1.1 200 Connection established\r\n\r\n', 200, 'Connection established'],
  ['HTTP/1.0 200\r\nProxy-Agent: x\r\n\r\n', 200, ''],
  ['HTTP/1.1 200 OK\nVia: x\n\n', 200, 'OK'],
  ['\r\nHTTP/1.1 200 OK\r\n\r\n', 200, 'OK'],
  [
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 407 Who\r\nContent-Length: 9\r\n\r\n',
    407,
    'Who',
  ],
  ['HTTP/1.1 502 Bad Gateway\r\n\r\n', 502, 'Bad Gateway'],
];

for (const [text, statusCode, reason] of ANSWERS) {
  const bytes = Buffer.from(text);
  t.match(connectAnswerReader()(bytes), { statusCode, reason, end: bytes.length }, JSON.stringify(text));
  const tunnelled = connectAnswerReader()(Buffer.concat([bytes, Buffer.from('220 hello\r\n\r\n')]));
  t.equal(tunnelled?.end, bytes.length, 'what is behind it belongs to the tunnel');
  const read = connectAnswerReader();
  for (const prefix of prefixes(bytes)) {
    t.equal(connectAnswerReader()(prefix), undefined, JSON.stringify(String(prefix)));
    t.equal(read(prefix), undefined, 'nor in pieces');
  }
  t.match(read(bytes), { statusCode, reason, end: bytes.length }, 'in pieces');
}

for (const text of ['220 hello\r\n', 'SSH-2.0-x', '\x05\x00', 'HTTP/1.1 abc\r\n\r\n', 'HTPT']) {
  t.throws(() => connectAnswerReader()(Buffer.from(text, 'latin1')), { name: 'ProtocolError' }, JSON.stringify(text));
}

t.test('any bytes are an answer, the beginning of one, or none', async (t) => {
  const random = new Random(8);
  const [text] = ANSWERS[0]!;
  for (let round = 0; round < 5000; round++) {
    const bytes = Buffer.concat([Buffer.from(text), random.bytes(5)]);
    for (let flips = random.below(4); flips > 0; flips--) bytes[random.below(bytes.length)] = random.below(256);
    try {
      connectAnswerReader()(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) t.fail(`${bytes.toString('hex')}: ${error}`);
    }
  }
  t.pass('all of them');
});
