import t from 'tap';
import { HttpRequest } from '../../../src/flow/http/http-request.js';
import { HttpResponse } from '../../../src/flow/http/http-response.js';
import { extractFromResponse } from '../../../src/replay/session/extract/response.js';
import { ValueExtractor } from '../../../src/replay/session/extract/value-extractor.js';
import { rewriteRequest } from '../../../src/replay/session/rewrite/request.js';
import { Random } from '../../support/random.js';
import { rounds } from '../../support/rounds.js';
import { newSettings } from './conversation.js';

const TYPES = [
  'application/json',
  'application/x-ndjson',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=b',
  'multipart/mixed; boundary="b c"',
  'text/plain',
  'text/html',
  'text/xml',
  'text/event-stream',
  'application/octet-stream',
  '',
];

const PIECES = [
  '{"id":42,"a":["x",1.5e3,null]}',
  '[{"b":"\\u00e4\\n"}]',
  '"',
  '\\',
  '{',
  ']',
  'a=b&c=%2F%zz+d',
  '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
  '--b\n',
  '<form action=/a/1><input type=hidden name=x value="&amp;&#0;">',
  '<![CDATA[',
  '<!--',
  'data: {"a":1}\n\n',
  '/items/42?x=y#z',
  'http://[::1]:80/a',
  'ä€𝄞',
  '\0',
  ' \t\r\n',
];

/** Content of pieces, with some bytes changed. */
function content(random: Random): Buffer {
  const pieces = Array.from({ length: 1 + random.below(6) }, () => random.pick(PIECES));
  const bytes = Buffer.from(pieces.join(''));
  for (let at = 0; at < bytes.length; at++) if (random.below(30) === 0) bytes[at] = random.below(256);
  return bytes;
}

t.test('what uses no value that was issued stays as it is', async (t) => {
  const random = new Random(7);
  const settings = newSettings(['$..id', '/(.)/ -> $.*', 'header:a -> param:a']);
  let visited = 0;
  for (let round = 0; round < rounds(800, 3000); round++) {
    const bytes = content(random);
    const type = random.pick(TYPES);
    const path = `/${encodeURI(bytes.toString('latin1').replace(/[\ud800-\udfff]/g, ''))}`;
    const fields: [string, string][] = [
      ['Content-Type', type],
      ['Cookie', bytes.toString('latin1').replace(/[\r\n\0]/g, '')],
      ['Authorization', `Basic ${bytes.toString('base64')}`],
      ['X-Value', bytes.toString('latin1').replace(/[\r\n\0]/g, '')],
    ];
    const request = HttpRequest.make('POST', 'http://a.example/', bytes, fields);
    request.path = path;
    const before = [
      request.path,
      request.headers.bytes.toString('latin1'),
      (await request.body.rawBytes()).toString('latin1'),
    ];
    await rewriteRequest(request, settings, {
      visit: () => {
        visited++;
        return undefined;
      },
      changed: () => t.fail('nothing was changed'),
    });
    const after = [
      request.path,
      request.headers.bytes.toString('latin1'),
      (await request.body.rawBytes()).toString('latin1'),
    ];
    if (!t.same(after, before, `round ${round}`, { diagnostic: false })) break;
  }
  t.ok(visited > 2500);
});

t.test('a value that is replaced by itself changes no meaning', async (t) => {
  const random = new Random(11);
  const settings = newSettings();
  for (let round = 0; round < rounds(800, 2000); round++) {
    const bytes = content(random);
    const type = random.pick(TYPES);
    const request = HttpRequest.make('POST', 'http://a.example/a?b=c', bytes, { 'Content-Type': type });
    await rewriteRequest(request, settings, { visit: (value) => value, changed: () => {} });
    const after = await request.body.bytes();
    if (/json/.test(type)) t.same(parsed(after), parsed(bytes), `round ${round}`);
    else if (/urlencoded/.test(type) && /^[\0-\x7f]*$/.test(bytes.toString('latin1'))) {
      t.same([...new URLSearchParams(after.toString())], [...new URLSearchParams(bytes.toString())], `round ${round}`);
    }
  }
});

t.test('no content of a response is too strange', async (t) => {
  const random = new Random(13);
  const settings = newSettings(['$..id', '/(.)/ -> $.*', 'cookie:a']);
  let handed = 0;
  for (let round = 0; round < rounds(800, 2000); round++) {
    const bytes = content(random);
    const fields: [string, string][] = [
      ['Content-Type', random.pick(TYPES)],
      ['Set-Cookie', bytes.toString('latin1').replace(/[\r\n\0]/g, '')],
      ['Location', bytes.toString('latin1').replace(/[\r\n\0]/g, '')],
      ['Link', bytes.toString('latin1').replace(/[\r\n\0]/g, '')],
    ];
    const response = HttpResponse.make(200, bytes, fields);
    await extractFromResponse(
      response,
      '/a',
      settings,
      new ValueExtractor(settings.names, (...[, , , place]) => {
        place();
        handed++;
      }),
    );
  }
  t.ok(handed > 400);
});

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return 'no JSON';
  }
}
