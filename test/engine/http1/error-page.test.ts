import t from 'tap';
import { errorPage } from '../../../src/engine/http1/error-page.js';

t.test('a complete response', async (t) => {
  const page = errorPage(502, 'No "route" to <b>ä</b> & \'c\'', '1.2.3', true).toString();
  const [head, body] = page.split('\r\n\r\n') as [string, string];
  t.same(head.split('\r\n'), [
    'HTTP/1.1 502 Bad Gateway',
    'Server: tsdump 1.2.3',
    'Connection: close',
    'Content-Type: text/html; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]);
  t.match(body, '<h1>502 Bad Gateway</h1>');
  t.match(
    body,
    '<p>No &#34;route&#34; to &#60;b&#62;ä&#60;/b&#62; &#38; &#39;c&#39;</p>',
    'nothing of what a peer sent is markup',
  );
});

t.test('only the head for HEAD', async (t) => {
  const whole = errorPage(400, 'x', '1', true).toString();
  t.equal(errorPage(400, 'x', '1', false).toString(), `${whole.split('\r\n\r\n')[0]}\r\n\r\n`);
});

t.test('a status without a reason phrase', async (t) => {
  t.match(errorPage(599, 'x', '1', true).toString(), /^HTTP\/1\.1 599 Error\r\n/);
});
