import { AltSvc } from '../../src/addons/alt-svc.js';
import type { HttpFlow } from '../../src/flow/flow.js';
import { HttpResponse } from '../../src/flow/http/http-response.js';
import { FrameSplitter } from '../../src/flow/rpc/frames.js';
import { decodeProtobuf } from '../../src/protobuf/decode.js';
import { printMessage } from '../../src/protobuf/print.js';
import { rewriteProtobuf } from '../../src/protobuf/rewrite.js';
import { ContentBlock } from '../../src/terminal/content-block.js';
import { escapedBytes, safeWireText } from '../../src/terminal/safe-text.js';
import { codeView } from '../../src/terminal/views/code.js';
import { dnsView } from '../../src/terminal/views/dns.js';
import { multipartView, urlencodedView } from '../../src/terminal/views/form.js';
import { graphqlView } from '../../src/terminal/views/graphql.js';
import { jsonView } from '../../src/terminal/views/json.js';
import { markupView } from '../../src/terminal/views/markup/markup.js';
import { parseMediaType } from '../../src/terminal/views/media-type.js';
import { msgpackView } from '../../src/terminal/views/msgpack.js';
import { textView } from '../../src/terminal/views/text.js';
import type { WholeView } from '../../src/terminal/views/view.js';
import { zipView } from '../../src/terminal/views/zip.js';
import { field, frame } from '../protobuf/wire-bytes.js';
import { growsLinearly, repeated } from '../support/growth.js';

const TEXT = parseMediaType('text/plain');
const HTML = parseMediaType('text/html');
const SCRIPT = parseMediaType('text/javascript');
const formatted =
  (view: WholeView, type = TEXT) =>
  (text: string) => [...(view.format(Buffer.from(text, 'latin1'), type) ?? [])];
const responseOf = (name: string, value: string) => HttpResponse.make(200, '', { [name]: value });

/** Decodes, prints and rewrites a message of a size. */
function messages(make: (count: number) => Buffer): (count: number) => () => unknown {
  return (count) => {
    const message = make(count);
    return () => [[...printMessage(decodeProtobuf(message))].length, rewriteProtobuf(message, () => undefined)];
  };
}

function nested(depth: number): Buffer {
  let message = Buffer.alloc(1, 'a');
  for (let level = 0; level < depth; level++) message = field(1, message) as Buffer<ArrayBuffer>;
  return message;
}

/** What is shown: what is repeated, and what reads it. */
growsLinearly([
  [
    'messages of a call, byte by byte',
    1000,
    (count) => {
      const body = Buffer.concat(Array.from({ length: count }, () => frame('abc')));
      return () => {
        const splitter = new FrameSplitter(1000);
        for (let at = 0; at < body.length; at++) for (const _ of splitter.push(body.subarray(at, at + 1)));
      };
    },
  ],
  [
    'fields of a message',
    500,
    messages((count) => Buffer.concat(Array.from({ length: count }, () => field(1, 'abc')))),
  ],
  ['a message in a message', 500, messages(nested)],
  ['what may be a message', 500, messages((count) => field(1, Buffer.alloc(4 * count, 0x0a)))],
  ['a media type', 4000, repeated(parseMediaType, ' ', 'a/b', ';')],
  ['parameters', 1000, repeated((text) => parseMediaType(text).parameter('b'), ';a="\\"', 'a/b')],
  ['white space in parameters', 4000, repeated((text) => parseMediaType(text).parameter('c'), ' ', 'a/b; b', '=')],
  [
    'a multipart boundary',
    4000,
    (count) => {
      const type = parseMediaType(`multipart/form-data; boundary=${'a'.repeat(count)}b`);
      const content = Buffer.alloc(count, 'a');
      return () => [...(multipartView.format(content, type) ?? [])];
    },
  ],
  [
    'multipart',
    500,
    (count) => {
      const type = parseMediaType('multipart/form-data; boundary=a');
      const content = Buffer.from('--a\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n'.repeat(count));
      return () => [...(multipartView.format(content, type) ?? [])];
    },
  ],
  ['a form', 1000, repeated((text) => [...(urlencodedView.format(Buffer.from(text), TEXT) ?? [])], 'a=b&')],
  ['JSON', 1000, repeated((text) => [...(jsonView.format(Buffer.from(text), TEXT) ?? [])], '"\\"a",', '[', '1]')],
  [
    'queries of GraphQL',
    1000,
    repeated((text) => [...(graphqlView.format(Buffer.from(text), TEXT) ?? [])], '{"query":"{\\n a\\n}"},', '[', '1]'),
  ],
  [
    'a document of GraphQL',
    1000,
    (count) => {
      const content = Buffer.from(JSON.stringify({ query: `${'\n'.repeat(count)}a` }));
      return () => [...(graphqlView.format(content, TEXT) ?? [])];
    },
  ],
  ['elements', 1000, repeated(formatted(markupView, HTML), '<a>')],
  ['elements that end', 1000, repeated(formatted(markupView, HTML), '<a>b</a>', '<c>', '</c>')],
  ['ends of no element', 500, repeated(formatted(markupView, HTML), '</b>', '<a>'.repeat(500))],
  ['unclosed scripts', 1000, repeated(formatted(markupView, HTML), '<script></')],
  ['unclosed comments', 1000, repeated(formatted(markupView, HTML), '<!--')],
  ['unclosed values', 1000, repeated(formatted(markupView, HTML), '<a b="')],
  ['less-than signs', 1000, repeated(formatted(markupView, HTML), '< ', '<a>')],
  ['a charset that is not declared', 1000, repeated(formatted(markupView, HTML), '<meta charset')],
  ['braces', 1000, repeated(formatted(codeView, SCRIPT), 'a{b;')],
  ['what may be a regex', 1000, repeated(formatted(codeView, SCRIPT), '=/[')],
  ['what may be a string', 1000, repeated(formatted(codeView, SCRIPT), '"`\'/*')],
  ['arrays of MessagePack', 4000, repeated(formatted(msgpackView), '\x91\x91\xc0')],
  [
    'compressed names of DNS',
    500,
    (count) => {
      const head = Buffer.from([0, 0, 0, 0, count >> 8, count & 0xff, 0, 0, 0, 0, 0, 0]);
      const question = Buffer.from([1, 0x61, 0xc0, 0x0c, 0, 1, 0, 1]);
      const content = Buffer.concat([head, Buffer.from([1, 0x61, 0, 0, 1, 0, 1]), ...Array(count - 1).fill(question)]);
      return () => [...(dnsView.format(content, TEXT) ?? [])];
    },
  ],
  ['archives', 4000, repeated(formatted(zipView), 'PK\x05\x06')],
  ['a type of text', 4000, repeated((text) => textView.matchesType(parseMediaType(text)), '+', 'a/b', 'x')],
  [
    'lines of content',
    1000,
    repeated((text) => {
      const block = new ContentBlock(() => {});
      for (const char of text) block.write(char);
      block.end();
    }, 'a\r\n\n'),
  ],
  ['control characters', 4000, repeated((text) => [safeWireText(text), escapedBytes(text)], '\x1b\x9b')],
  [
    'Alt-Svc',
    1000,
    repeated(
      (text) => {
        const response = responseOf('Alt-Svc', text);
        const client = { mode: 'reverse:http://h', local: ['::1', 1] };
        new AltSvc().responseHeaders({ client, response } as unknown as HttpFlow);
      },
      '="',
      'h3',
    ),
  ],
]);
