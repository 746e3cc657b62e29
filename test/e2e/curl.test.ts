import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { folder, write } from '../engine/tls/support.js';
import { answering, RawOrigin } from '../support/raw-origin.js';
import { needs, orSkip } from './support/command.js';
import { curl } from './support/curl.js';
import { mirror, Origin } from './support/origin.js';
import { patterned } from './support/patterned.js';
import { Recording } from './support/recording.js';

const MEGABYTES_20 = patterned(20_000_000);

t.test('methods', needs('curl'), async (t) => {
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t);
  const cases: [args: string[], answer: string][] = [
    [['/get?a=b%20c'], 'GET /get?a=b%20c 0\n'],
    [['-d', 'user=ada&city=London', '/post'], 'POST /post 20\n'],
    [['-X', 'PUT', '-d', 'content', '/put'], 'PUT /put 7\n'],
    [['-X', 'DELETE', '/delete'], 'DELETE /delete 0\n'],
    [['-X', 'OPTIONS', '--request-target', '*', '/'], ''],
    [['-X', 'PROPFIND', '-d', '<a/>', '/dav'], 'PROPFIND /dav 4\n'],
    [['-X', 'brew', '/pot'], ''],
  ];
  for (const [args, answer] of cases.filter(([, answer]) => answer)) {
    const { code, stdout, stderr } = await curl(recording.url, [...args.slice(0, -1), origin.url(args.at(-1)!)]);
    t.equal(code, 0, args.join(' '), { stderr });
    t.equal(String(stdout), answer);
  }
  const head = await curl(recording.url, ['-I', origin.url('/head')]);
  t.match(String(head.stdout), /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n$/s);

  const shown = (await recording.stop(t)).stdout.toString();
  t.equal(shown, await recording.read(t, 1), 'reading shows what recording showed');
  const url = (path: string): string => origin.url(path).replaceAll('.', '\\.');
  for (const [method, path, size] of [
    ['GET', '/get\\?a=b%20c', '24b'],
    ['POST', '/post', '14b'],
    ['PUT', '/put', '11b'],
    ['DELETE', '/delete', '17b'],
    ['PROPFIND', '/dav', '16b'],
    ['HEAD', '/head', '0b'],
  ]) {
    t.match(shown, new RegExp(`^127\\.0\\.0\\.1:\\d+: ${method} ${url(path!)}\n {2,}<< 200 OK ${size}$`, 'm'));
  }
  t.match(await recording.read(t, 3, '~m', 'POST'), /\n {4}user: ada\n {4}city: London\n/);
});

t.test('the server sees the request in origin form, without what is for proxies', needs('curl'), async (t) => {
  const origin = await Origin.start(t, mirror);
  const recording = await Recording.start(t);
  const { code } = await curl(recording.url, ['-H', 'X-Case: kEPT', '-H', 'x-twice: 1', '-H', 'X-Twice: 2', origin.url('/a')]);
  t.equal(code, 0);
  const [received] = origin.received;
  t.equal(received!.target, '/a');
  t.same(
    received!.headers.filter((line) => !line.startsWith('User-Agent: curl/')),
    [`Host: ${origin.authority}`, 'Accept: */*', 'X-Case: kEPT', 'x-twice: 1', 'X-Twice: 2'],
  );
  const [{ flow }] = (await recording.http(t)) as [Awaited<ReturnType<Recording['http']>>[0]];
  t.same([...flow.request.headers].map(([name, value]) => `${name}: ${value}`), received!.headers, 'which is recorded');
});
