import { AltSvc } from '../../src/addons/alt-svc.js';
import type { HttpFlow } from '../../src/flow/flow.js';
import { HttpResponse } from '../../src/flow/http/http-response.js';
import { ContentBlock } from '../../src/terminal/content-block.js';
import { escapedBytes, safeWireText } from '../../src/terminal/safe-text.js';
import { jsonView } from '../../src/terminal/views/json.js';
import { parseMediaType } from '../../src/terminal/views/media-type.js';
import { multipartView } from '../../src/terminal/views/multipart.js';
import { textView } from '../../src/terminal/views/text.js';
import { urlencodedView } from '../../src/terminal/views/urlencoded.js';
import { growsLinearly, repeated } from '../support/growth.js';

const TEXT = parseMediaType('text/plain');
const responseOf = (name: string, value: string) => HttpResponse.make(200, '', { [name]: value });

/** What is shown: what is repeated, and what reads it. */
growsLinearly([
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
