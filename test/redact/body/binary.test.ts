import t from 'tap';
import { redactContent } from '../../../src/redact/body/content.js';
import { redactStream } from '../../../src/redact/body/stream.js';
import { Redactor } from '../../../src/redact/index.js';

const redactor = new Redactor({ key: Buffer.from('0123456789abcdef') });
const { searcher, replace } = redactor;
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqb2UifQ.c2lnbmF0dXJl';

/** Field 2 of a message of Protocol Buffers: a string. */
function stringField(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x12, text.length]), Buffer.from(text)]);
}

/** A message with the prefix of gRPC. */
function grpc(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** What stands in the string instead. */
const TEXTS: readonly [text: string, expected: RegExp][] = [
  [JWT, /^\[redacted:[0-9a-f]{6}\]\*{35}$/],
  [`Bearer ${JWT}`, /^Bearer \[redacted:[0-9a-f]{6}\]\*{35}$/],
  ['AKIAIOSFODNN7EXAMPLE', /^\[redacted:[0-9a-f]{6}\]\*{3}$/],
  ['https://joe:pw@example.com/', /^https:\/\/\*{6}@example\.com\/$/],
  ['nothing', /^nothing$/],
];

t.test('binary messages keep their lengths', async (t) => {
  for (const [text, expected] of TEXTS) {
    const content = grpc(Buffer.concat([Buffer.from([8, 1]), stringField(text), Buffer.from([0x18, 5])]));
    const kind = searcher.kinds.of('application/grpc+proto', content);
    t.equal(kind.text, 'binary');
    const whole = redactContent(searcher, content, kind, replace, () => {})?.bytes ?? content;
    t.equal(whole.length, content.length, text);
    const [start, end] = [content.indexOf(text), content.indexOf(text) + text.length];
    t.match(whole.toString('latin1', start, end), expected);
    t.ok(whole.subarray(0, start).equals(content.subarray(0, start)), 'what is before');
    t.ok(whole.subarray(end).equals(content.subarray(end)), 'what is behind');

    async function* pieces(): AsyncGenerator<Buffer> {
      for (const byte of content) yield Buffer.from([byte]);
    }
    const options = { searcher, replace, type: 'application/grpc', limit: 1000, onFound: () => {} };
    const parts: Buffer[] = [];
    for await (const part of redactStream(pieces(), options)) parts.push(part);
    t.ok(Buffer.concat(parts).equals(whole), 'as a stream');
  }
});

t.test('data with zeros, whatever its type', async (t) => {
  const content = Buffer.from('\0\0\x10{"password":"hunter2"}\0', 'latin1');
  const kind = searcher.kinds.of('application/octet-stream', content);
  const found = redactContent(searcher, content, kind, replace, () => {});
  t.equal(found?.bytes.toString('latin1'), '\0\0\x10{"password":"*******"}\0');
});
