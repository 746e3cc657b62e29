import t from 'tap';
import { Headers } from '../../src/flow/http/headers.js';
import { HttpLines, type HttpLinesOptions } from '../../src/terminal/http-lines.js';
import { loadStyles, plainStyles } from '../../src/terminal/styles.js';
import { httpFlow, type Sample, type SampleResponse } from './sample-flows.js';

function httpLines(options: Partial<HttpLinesOptions> = {}): HttpLines {
  return new HttpLines({ detail: 1, styles: plainStyles, showHost: false, columns: () => undefined, ...options });
}

t.test('request lines', async (t) => {
  const table: [request: Sample, response: SampleResponse | undefined, line: string][] = [
    [{}, undefined, 'GET http://example.com/'],
    [{ method: 'M-SEARCH', path: '*' }, undefined, 'M-SEARCH http://example.com'],
    [{ scheme: 'https', port: 8443, path: '/a?b=c' }, {}, 'GET https://example.com:8443/a?b=c'],
    [{ host: '::1', port: 8080 }, {}, 'GET http://[::1]:8080/'],
    [{ method: 'CONNECT', authority: 'example.com:443', path: '' }, undefined, 'CONNECT example.com:443'],
    [{ version: 'HTTP/1.0' }, { version: 'HTTP/1.0' }, 'GET http://example.com/'],
    [{ version: 'HTTP/1.0' }, { version: 'HTTP/1.1' }, 'GET http://example.com/ HTTP/1.0'],
    [{ version: 'HTTP/1.0' }, undefined, 'GET http://example.com/ HTTP/1.0'],
    [{ version: 'HTTP/2.0' }, { version: 'HTTP/2.0' }, 'GET http://example.com/ HTTP/2.0'],
    [{ headers: { Host: 'other.test:81' } }, {}, 'GET http://example.com/'],
    [{ path: '/\xc3\xa9\x1b[2J' }, {}, 'GET http://example.com/é.[2J'],
    [{ host: 'xn--bcher-kva.test.', port: 81, path: '/\xc3\xa9' }, {}, 'GET http://bücher.test.:81/é'],
    [{ host: 'xn--bcher-kva.test', path: '/xn--bcher-kva.test' }, {}, 'GET http://bücher.test/xn--bcher-kva.test'],
    [{ host: 'xn--zzzz-.test' }, {}, 'GET http://xn--zzzz-.test/'],
    [
      { method: 'CONNECT', host: 'xn--bcher-kva.test', authority: 'xn--bcher-kva.test:443', path: '' },
      undefined,
      'CONNECT bücher.test:443',
    ],
    [{ method: 'G\x1bT' }, {}, 'G.T http://example.com/'],
  ];
  for (const [request, response, line] of table) {
    t.equal(httpLines().request(httpFlow(request, response)), `127.0.0.1:51234: ${line}\n`);
  }
  const named = httpFlow({ headers: { Host: 'other.test:81' } });
  t.equal(httpLines({ showHost: true }).request(named), '127.0.0.1:51234: GET http://other.test:81/\n');
  const unicode = httpFlow({ headers: { Host: 'b\xc3\xbccher.test:81' } });
  t.equal(httpLines({ showHost: true }).request(unicode), '127.0.0.1:51234: GET http://bücher.test:81/\n');
  named.isReplay = 'request';
  t.equal(httpLines().request(named), '[replay]: GET http://example.com/\n');
});

t.test('response lines', async (t) => {
  const pad = ' '.repeat('127.0.0.1:51234'.length - 2);
  const table: [response: SampleResponse, version: string, line: string][] = [
    [{ body: 'abc' }, 'HTTP/1.1', `${pad} << 200 OK 3b`],
    [{ status: 404, reason: 'Nope' }, 'HTTP/1.1', `${pad} << 404 Nope 0b`],
    [{ status: 200, reason: '' }, 'HTTP/1.1', `${pad} << 200 0b`],
    [{ reason: 'R\xe9ussi\x1b' }, 'HTTP/1.1', `${pad} << 200 Réussi. 0b`],
    [{ version: 'HTTP/1.0' }, 'HTTP/1.1', `${pad.slice(9)} << HTTP/1.0 200 OK 0b`],
    [{ version: 'HTTP/2.0', reason: '', status: 404 }, 'HTTP/2.0', `${pad.slice(9)} << HTTP/2.0 404 Not Found 0b`],
    [{ version: 'HTTP/2.0', reason: '', status: 599 }, 'HTTP/2.0', `${pad.slice(9)} << HTTP/2.0 599 0b`],
  ];
  for (const [response, version, line] of table) {
    const flow = httpFlow({ version }, response);
    t.equal(httpLines().response(flow, flow.response!), `${line}\n`);
    t.equal(httpLines({ detail: 2 }).response(flow, flow.response!), `${line.trimStart().replace(/^/, ' ')}\n`);
  }
  const replayed = httpFlow({}, { version: 'HTTP/2.0' });
  replayed.isReplay = 'response';
  t.equal(httpLines().response(replayed, replayed.response!), '[replay] << HTTP/2.0 200 OK 0b\n');
  const sentAgain = httpFlow({}, {});
  sentAgain.isReplay = 'request';
  sentAgain.client.peer = undefined;
  t.equal(httpLines().request(sentAgain), '[replay]: GET http://example.com/\n');
  t.equal(httpLines().response(sentAgain, sentAgain.response!), '       << 200 OK 0b\n', 'aligned with the method');
});

t.test('URLs are cut at detail 1 on a terminal only', async (t) => {
  const flow = httpFlow({ path: `/${'x'.repeat(200)}` });
  const shown = (options: Partial<HttpLinesOptions>): string => httpLines(options).request(flow);
  const url = `http://example.com/${'x'.repeat(200)}`;
  t.equal(shown({}), `127.0.0.1:51234: GET ${url}\n`);
  t.equal(shown({ columns: () => 100 }), `127.0.0.1:51234: GET ${url.slice(0, 78)}…\n`, 'the whole line fits');
  t.equal(shown({ columns: () => 20 }), `127.0.0.1:51234: GET ${url.slice(0, 19)}…\n`, 'something is left of it');
  t.equal(shown({ columns: () => 100, detail: 2 }), `127.0.0.1:51234: GET ${url}\n`);
  t.equal(shown({ columns: () => 300 }), `127.0.0.1:51234: GET ${url}\n`);
});

t.test('URLs are cut by columns, with the rest of the line counted', async (t) => {
  const lineOf = (parts: Parameters<typeof httpFlow>[0], columns: number): string =>
    httpLines({ columns: () => columns }).request(httpFlow(parts));
  const wide = lineOf({ path: Buffer.from(`/${'漢'.repeat(50)}`).toString('latin1') }, 60);
  t.equal(
    wide,
    `127.0.0.1:51234: GET http://example.com/${'漢'.repeat(9)}…\n`,
    '59 columns: half a character does not fit',
  );
  const long = lineOf({ method: 'PROPPATCH', version: 'HTTP/2.0', path: `/${'x'.repeat(90)}` }, 70);
  t.equal(long.length - 1, 70, 'method and version count');
  t.match(long, /x… HTTP\/2\.0\n$/);
});

t.test('the width is read for each line', async (t) => {
  let columns = 60;
  const lines = httpLines({ columns: () => columns });
  const flow = httpFlow({ path: `/${'x'.repeat(200)}` });
  t.equal(lines.request(flow).length, 61);
  columns = 90;
  t.equal(lines.request(flow).length, 91);
});

t.test('fields', async (t) => {
  const headers: [string, string][] = [
    ['Host', 'example.com'],
    ['X-Odd', 'a\x1b[2J\xe9\\'],
    ['x-odd', ''],
  ];
  const text = '    Host: example.com\n    X-Odd: a\\x1b[2J\\xe9\\\\\n    x-odd: \n';
  const flow = httpFlow({ headers }, { headers });
  const lines = httpLines({ detail: 2 });
  t.equal(lines.request(flow), `127.0.0.1:51234: GET http://example.com/\n${text}`);
  t.equal(lines.response(flow, flow.response!), ` << 200 OK 0b\n${text}`);
  t.equal(lines.trailers(Headers.from(headers)), `    --- HTTP Trailers\n${text}`);
  t.equal(lines.trailers(Headers.from([])), '');
  t.equal(lines.trailers(undefined), '');
  t.equal(httpLines().trailers(Headers.from(headers)), '', 'not at detail 1');
});

t.test('errors', async (t) => {
  t.equal(httpLines().error('reset\nby \x1b]0;peer'), ' << reset.by .]0;peer\n');
});

t.test('colours', async (t) => {
  const lines = httpLines({ detail: 2, styles: await loadStyles(true) });
  const bold = (text: string): string => `\x1b[1m${text}\x1b[22m`;
  const color = (code: number, text: string): string => `\x1b[${code}m${text}\x1b[39m`;
  const methods: [method: string, code: number][] = [
    ['GET', 32],
    ['DELETE', 31],
    ['POST', 35],
  ];
  for (const [method, code] of methods) {
    const expected = `127.0.0.1:51234: ${color(code, bold(method))} ${bold('http://example.com/')}\n`;
    t.equal(lines.request(httpFlow({ method })), expected);
  }
  const statuses: [status: number, code: number][] = [
    [204, 32],
    [302, 35],
    [404, 31],
    [500, 31],
  ];
  for (const [status, code] of statuses) {
    const flow = httpFlow({}, { status, reason: 'Why', headers: { A: 'b' } });
    const line = `${bold(' <<')} ${color(code, bold(String(status)))} ${color(code, bold('Why'))} ${bold('0b')}\n`;
    t.equal(lines.response(flow, flow.response!), `${line}    ${color(34, 'A')}: b\n`);
  }
  t.equal(lines.error('gone'), `${color(31, bold(' << gone'))}\n`);
});

t.test('the status of a gRPC call', async (t) => {
  const headers = { 'content-type': 'application/grpc' };
  for (const [status, shown] of [
    ['0', 'grpc 0 OK '],
    ['5', 'grpc 5 NOT_FOUND '],
    ['99', 'grpc 99 '],
    ['x', ''],
  ]) {
    const flow = httpFlow({ version: 'HTTP/2.0', headers }, { version: 'HTTP/2.0' });
    flow.response!.trailers = Headers.from({ 'grpc-status': status! });
    t.match(httpLines().response(flow, flow.response!), new RegExp(` << HTTP/2.0 200 OK ${shown}0b\n$`));
    const other = httpFlow({ version: 'HTTP/2.0' }, { version: 'HTTP/2.0' });
    other.response!.trailers = Headers.from({ 'grpc-status': status! });
    t.match(httpLines().response(other, other.response!), / << HTTP\/2.0 200 OK 0b\n$/, 'no call of gRPC');
  }
});
