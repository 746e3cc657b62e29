import t from 'tap';
import { Body } from '../../../../src/flow/body/body.js';
import { Headers } from '../../../../src/flow/http/headers.js';
import { HttpResponse } from '../../../../src/flow/http/http-response.js';
import { extractFromResponse } from '../../../../src/replay/session/extract/response.js';
import { ValueExtractor } from '../../../../src/replay/session/extract/value-extractor.js';
import { newSettings } from '../conversation.js';

const HTML = `<!doctype html><html><head><meta name="csrf-token" content="a&amp;b0123456é"><title>é</title>
<script>var csrfToken = "0123456789abc"; </script><script type="application/json">{"id": 12, "next": "cursor-ü-99"}</script></head>
<body><a href="/items/42?token=abcdefgh1">é</a><form action="/f"><input type=hidden name=h value="1&#233;"><textarea name=t>
long text 123</textarea></form><!-- a comment with "quotes" --><div data-id="77" data-json='{"k":"v1234567"}'></div></body></html>`;
const XML =
  '<?xml version="1.0"?><r xmlns:a="u"><a:item id="17">é<b/></a:item><token>0123&amp;4567</token><x><![CDATA[<12345678>]]></x></r>';
const EVENTS =
  'event: a\r\ndata: {"id": 12,\r\ndata: 0123456789\r\rdata:{"token":"é01234567"}\n\nid: 3\ndata: https://a.test/items/9?x=12345678';

/** Media types, and content that is searched as a whole and in pieces. */
const TABLE: [type: string, text: string, encoding?: BufferEncoding][] = [
  ['text/html', HTML],
  ['text/html; charset=iso-8859-1', HTML, 'latin1'],
  ['application/xml', XML],
  ['text/event-stream', EVENTS],
  ['application/json', '{"id":12,"items":[{"id":1,"token":"é0123456"},"0123456789"],"next":"/a?c=12345678"}'],
];

function responseOf(type: string, content: Buffer, chunk: number): HttpResponse {
  const headers = new Headers(Buffer.from(`Content-Type: ${type}\r\n`));
  const source = {
    size: content.length,
    buffer: undefined,
    async *read() {
      for (let at = 0; at < content.length; at += chunk) yield content.subarray(at, at + chunk);
    },
    release: () => {},
  };
  const body = Body.of(headers, source, content.length, true);
  return new HttpResponse({ statusCode: 200, reason: 'OK', httpVersion: 'HTTP/1.1', headers, body });
}

async function found(response: HttpResponse, limit: number): Promise<string[]> {
  const list: string[] = [];
  const settings = { ...newSettings(), limit, streamsLarge: true };
  const extractor = new ValueExtractor(settings.names, (value, keys, anywhere, placesOf) => {
    // Elements of arrays have better names if the whole document is known.
    list.push(JSON.stringify([value, keys, anywhere, placesOf().at(-1)]));
  });
  await extractFromResponse(response, '/list', settings, extractor);
  return list;
}

for (const [type, text, encoding = 'utf8'] of TABLE) {
  t.test(`${type}: the same values in pieces as in the whole`, async (t) => {
    const content = Buffer.from(text, encoding);
    const whole = await found(responseOf(type, content, content.length), content.length);
    t.ok(whole.length > 1);
    for (const chunk of [1, 2, 3, 7, 64, content.length]) {
      t.same(await found(responseOf(type, content, chunk), 0), whole, `chunks of ${chunk}`);
    }
  });
}
