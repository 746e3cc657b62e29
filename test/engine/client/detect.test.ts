import t from 'tap';
import { detect, detectExplicit, type Protocol } from '../../../src/engine/client/detect.js';
import { flipped, prefixes } from '../../support/cuts.js';
import { Random } from '../../support/random.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** `detect` for a connection whose destination is known, `explicit` for one to a proxy. */
const CASES: [bytes: string, detected: Protocol, explicit?: Protocol][] = [
  ['GET / HTTP/1.1\r\n', 'http1'],
  ['GET /', 'http1'],
  ['GET http://a', 'http1'],
  ['OPTIONS *', 'http1'],
  ['CONNECT a:1', 'undecided', 'http1'],
  ['CONNECT a:1 HTTP/1.1\r\n', 'http1'],
  ['get / HTTP/1.1\r\n', 'http1'],
  ['get / HTTP/1.1\n', 'http1'],
  ['get / HTTP/1.0\r\nHost', 'http1'],
  ["m-search!#$%&'*+.^_`|~9 x HTTP/1.1\r\n", 'http1'],
  ['GET /x\r\n', 'http1'],
  ['G', 'undecided', 'http1'],
  ['GET', 'undecided', 'http1'],
  ['GET ', 'undecided', 'http1'],
  ['FOO /', 'undecided', 'http1'],
  ['FOO / bar\r\n', 'other', 'http1'],
  ['EHLO a\r\n', 'other', 'http1'],
  ['SSH-2.0-OpenSSH_9\r\n', 'other', 'http1'],
  ['QUIT\r\n', 'other', 'http1'],
  ['\r\n', 'other', 'http1'],
  ['1GET / HTTP/1.1\r\n', 'other', 'http1'],
  ['GE(T', 'other', 'http1'],
  ['\x00\x01', 'other', 'http1'],
  ['\xff', 'other', 'http1'],
  ['a'.repeat(65), 'other', 'http1'],
  ['a'.repeat(64), 'undecided', 'http1'],
  [`foo /${'a'.repeat(9000)}`, 'http1'],
  [`foo a${'a'.repeat(9000)}`, 'other', 'http1'],
  [PREFACE, 'http2', 'http1'],
  [`${PREFACE}\0\0`, 'http2', 'http1'],
  ['PRI * HTTP/2.0\r\n\r\nSM', 'undecided', 'http1'],
  ['PRI', 'undecided', 'http1'],
  ['PRI * HTTP/1.1\r\n', 'http1'],
  ['\x16', 'undecided', 'undecided'],
  ['\x16\x03', 'undecided', 'undecided'],
  ['\x16\x03\x01', 'tls', 'tls'],
  ['\x16\x03\x03\x02\x00\x01', 'tls', 'tls'],
  ['\x16\x03\x04', 'tls', 'tls'],
  ['\x16\x03\x05', 'other', 'http1'],
  ['\x16\x02', 'other', 'http1'],
  ['\x16GET', 'other', 'http1'],
  ['\x15\x03\x01', 'other', 'http1'],
  ['\x04\x01\x00', 'other', 'other'],
  ['\x05', 'other', 'other'],
];

t.test('protocols by the first bytes of a connection', async (t) => {
  t.equal(detect(Buffer.alloc(0)), 'undecided');
  for (const [text, detected, explicit = detected] of CASES) {
    const name = JSON.stringify(text.slice(0, 40));
    t.equal(detect(latin1(text)), detected, name);
    t.equal(detectExplicit(latin1(text)), explicit, `${name}, to a proxy`);
  }
});

t.test('a decision does not change when more bytes arrive', async (t) => {
  for (const [text] of CASES) {
    let decided: Protocol | undefined;
    for (const prefix of [...prefixes(latin1(text)), latin1(text)]) {
      if (prefix.length === 0) continue;
      const protocol = detect(prefix);
      if (decided && protocol !== decided)
        t.fail(`${JSON.stringify(text)} at ${prefix.length}: ${decided}, ${protocol}`);
      if (protocol !== 'undecided') decided = protocol;
    }
  }
  t.pass();
});

t.test('random bytes have a result', async (t) => {
  const random = new Random(5);
  const known = new Set<string>(['tls', 'http1', 'http2', 'other', 'undecided']);
  for (let round = 0; round < 3000; round++) {
    if (!known.has(detect(random.bytes(1 + random.below(30))))) t.fail('no answer');
  }
  for (const bytes of flipped(latin1('GET /x HTTP/1.1\r\n'), [0, 10, 13, 32, 0xff])) detect(bytes);
  t.pass();
});
