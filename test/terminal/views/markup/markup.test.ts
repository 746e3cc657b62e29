import t from 'tap';
import { markupView } from '../../../../src/terminal/views/markup/markup.js';
import { tokensOf } from '../../../../src/terminal/views/markup/tokens.js';
import { shown, viewed } from '../collect-text.js';

const SAMPLES: [type: string, content: string, lines: string[]][] = [
  ['text/xml', '<a><b c="d">text</b><e/></a>', ['<a>', '  <b c="d">text</b>', '  <e/>', '</a>']],
  ['text/xml', '<a></a>', ['<a></a>']],
  ['text/xml', '<a> x </a>', ['<a>x</a>']],
  ['text/html', '<td>\u00a0</td>', ['<td>\u00a0</td>']],
  ['text/xml', '<a>x\n  y\n\n z</a>', ['<a>', '  x', '  y', '  z', '</a>']],
  ['text/xml', '<a><b><c></a>x', ['<a>', '  <b>', '    <c>', '</a>', 'x']],
  ['text/xml', '</a><b></c></b>', ['</a>', '<b>', '  </c>', '</b>']],
  ['text/xml', '<a\n   b="c"\n   d="e"><f/></a>', ['<a', '    b="c"', '    d="e">', '  <f/>', '</a>']],
  [
    'text/xml',
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>',
    ['<?xml version="1.0"?>', '<!DOCTYPE a [<!ENTITY b "c">]>', '<a/>'],
  ],
  [
    'text/xml',
    '<a><![CDATA[<b> ]] > ]]><!-- <c> --></a>',
    ['<a>', '  <![CDATA[<b> ]] > ]]>', '  <!-- <c> -->', '</a>'],
  ],
  ['text/xml', '<A><a>x</A></a>', ['<A>', '  <a>', '    x', '</A>', '</a>']],
  ['text/xml', '<br><p/></br>', ['<br>', '  <p/>', '</br>']],
  [
    'text/html',
    '<!doctype html><HTML><body><br><img src=a></body></html>',
    ['<!doctype html>', '<HTML>', '<body>', '  <br>', '  <img src=a>', '</body>', '</html>'],
  ],
  ['text/html', '<ul><li>a<li>b</ul>', ['<ul>', '  <li>', '    a', '  <li>', '    b', '</ul>']],
  [
    'text/html',
    '<div><pre> a\n  b</pre><script>if(a<b){"</p>"}</script></div>',
    ['<div>', '  <pre> a', '  b</pre>', '  <script>if(a<b){"</p>"}</script>', '</div>'],
  ],
  ['text/html', '<p title=it\'s>x</p><a b="c>d">e</a>', ["<p title=it's>x</p>", '<a b="c>d">e</a>']],
  ['text/html', '<p>1 < 2 <3 </p>', ['<p>1 < 2 <3</p>']],
  ['text/html', '<script>a', ['<script>a']],
  ['text/html', '<p><!-- a', ['<p>', '  <!-- a']],
  ['text/html', '<p><a b="', ['<p>', '  <a b="']],
];

t.test('lays markup out', async (t) => {
  for (const [type, content, lines] of SAMPLES) {
    t.equal(viewed(markupView, content, type), `${lines.join('\n')}\n`, content);
  }
});

t.test('only white space changes', async (t) => {
  for (const [type, content] of SAMPLES) {
    t.equal(viewed(markupView, content, type)!.replaceAll(/\s/g, ''), content.replaceAll(/\s/g, ''), content);
    const tokens = [...tokensOf(content, type === 'text/html')];
    t.equal(tokens.map(({ text }) => text).join(''), content);
  }
});

t.test('deep markup', async (t) => {
  const text = viewed(markupView, '<a>'.repeat(10_000), 'text/xml')!;
  t.equal(text.split('\n').length, 10_001);
  t.ok(text.length < 10_000 * 80);
});

t.test('the charset that a document declares', async (t) => {
  const table: [type: string, content: string, text: string][] = [
    ['text/html', '<meta charset="iso-8859-1"><p>\xe9</p>', '<p>é</p>'],
    ['text/html', '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1"><p>\xe9</p>', '<p>é</p>'],
    ['text/html; charset=utf-8', '<meta charset="iso-8859-1"><p>\xc3\xa9</p>', '<p>é</p>'],
    ['text/html', '<meta charset="utf-16"><p>\xc3\xa9</p>', '<p>é</p>'],
    ['text/html', `${' '.repeat(2000)}<meta charset="iso-8859-1"><p>\xc3\xa9</p>`, '<p>é</p>'],
    ['text/xml', '<?xml version="1.0" encoding="iso-8859-1"?><p>\xe9</p>', '<p>é</p>'],
    ['application/soap+xml', "<?xml version='1.0' encoding='iso-8859-1'?><p>\xe9</p>", '<p>é</p>'],
    ['text/xml', '\xff\xfe<\0p\0>\0\xe9\0<\0/\0p\0>\0', '<p>é</p>'],
  ];
  for (const [type, content, text] of table) {
    t.ok((await shown(Buffer.from(content, 'latin1'), type)).endsWith(`${text}\n`), content);
  }
});

t.test('what is markup', async (t) => {
  const table: [type: string, content: string, text: string][] = [
    ['', '<a><b/></a>', '<a>\n  <b/>\n</a>\n'],
    ['application/octet-stream', ' <?xml version="1.0"?><a/>', '<?xml version="1.0"?>\n<a/>\n'],
    ['text/plain', '<a><b/></a>', '<a><b/></a>'],
    ['text/html', 'a <b>c</b>', 'a <b>c</b>'],
    ['text/html', '', ''],
    ['', '< a', '< a'],
  ];
  for (const [type, content, text] of table) t.equal(await shown(content, type), text, content);
  t.match(await shown(Buffer.from([0x1f, 0x8b, 0, 0]), 'text/html'), /^00000000 {2}1f 8b/, 'binary content');
});
