import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type ClientRequest, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Flow } from '../../src/flow/flow.js';
import { run } from '../cli/tsdump.js';
import { runWarm } from '../cli/warm.js';
import { type Exchange, marksIn, plantedExchanges } from '../redact/planted.js';
import { folder } from '../support/folder.js';
import { RawOrigin } from '../support/raw-origin.js';
import { until } from '../support/until.js';
import { Wire } from '../support/wire.js';
import { type Recorded, Recording, readCapture } from './support/recording.js';

// Many exchanges, and many runs of the program.
t.setTimeout(300_000);

const FORMATS = ['bin', 'mitm', 'har', 'jsonl'];
const KEY = { TSDUMP_REDACT_KEY: 'a key for the tests of redaction' };

/** What an origin got of an exchange. */
interface Received {
  headers: string[];
  url: string;
  digest: string;
}

/** Answers `X-Number: N` with the Nth response. */
async function startOrigin(t: Test, exchanges: readonly Exchange[]): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((incoming, outgoing) => {
    const hash = createHash('sha256');
    incoming.on('data', (chunk: Buffer) => hash.update(chunk));
    incoming.on('end', () => {
      const number = Number(incoming.headers['x-number']);
      const { responseHeaders, responseBody, trailers } = exchanges[number]!;
      received[number] = { headers: incoming.rawHeaders, url: incoming.url!, digest: hash.digest('hex') };
      for (const [name, value] of responseHeaders) outgoing.setHeader(name, value);
      // Half of the bodies have a length, the others are chunked.
      if (number % 2 === 0 && trailers.length === 0) outgoing.setHeader('Content-Length', responseBody.length);
      for (const [name] of trailers) outgoing.setHeader('Trailer', name);
      outgoing.write(responseBody.subarray(0, responseBody.length / 2));
      if (trailers.length > 0) outgoing.addTrailers(trailers);
      outgoing.end(responseBody.subarray(responseBody.length / 2));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { port: (server.address() as AddressInfo).port, received };
}

interface Response {
  headers: string[];
  digest: string;
  trailers: string[];
}

function send(proxy: number, origin: number, exchange: Exchange, number: number): Promise<Response> {
  const { path, requestHeaders, requestBody } = exchange;
  return new Promise((resolve, reject) => {
    const outgoing: ClientRequest = request({
      host: '127.0.0.1',
      port: proxy,
      method: 'POST',
      path: `http://127.0.0.1:${origin}${path}`,
      headers: { 'X-Number': String(number), 'Content-Length': requestBody.length },
    });
    for (const [name, value] of requestHeaders) outgoing.setHeader(name, value);
    outgoing.on('error', reject);
    outgoing.on('response', (incoming: IncomingMessage) => {
      const hash = createHash('sha256');
      incoming.on('data', (chunk: Buffer) => hash.update(chunk));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({ headers: incoming.rawHeaders, digest: hash.digest('hex'), trailers: incoming.rawTrailers }),
      );
    });
    outgoing.end(requestBody);
  });
}

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Everything in a capture as text: as it is, and with the codings of bodies undone. */
async function contentOf(path: string): Promise<Buffer> {
  const parts: Buffer[] = [readFileSync(path)];
  for (const { flow } of await readCapture(path)) {
    if (flow.type !== 'http') continue;
    parts.push(await flow.request.body.bytes());
    if (flow.response) parts.push(await flow.response.body.bytes());
  }
  return Buffer.concat(parts);
}

t.test('nothing that is planted gets into an output, and what is forwarded is unchanged', async (t) => {
  const exchanges = plantedExchanges();
  const marks = exchanges.flatMap((exchange) => exchange.marks);
  const origin = await startOrigin(t, exchanges);
  const dir = folder(t);
  const outputs = FORMATS.map((format) => join(dir, `live.${format}`));
  const options = ['--redact', '--flow-detail', '4', '--stat', '--set', 'termlog_verbosity=debug'];
  const more = outputs.slice(1).flatMap((path) => ['-w', path]);
  const recording = await Recording.start(t, { output: outputs[0]!, args: [...options, ...more], env: KEY });
  for (const [number, exchange] of exchanges.entries()) {
    const response = await send(recording.port, origin.port, exchange, number);
    const { headers, url, digest } = origin.received[number]!;
    t.equal(url, exchange.path, 'the path is forwarded');
    t.equal(digest, digestOf(exchange.requestBody), `the request body of ${number} is forwarded`);
    t.equal(response.digest, digestOf(exchange.responseBody), `the response body of ${number} is forwarded`);
    for (const [name, value] of exchange.requestHeaders) t.ok(has(headers, name, value), `${name} is forwarded`);
    for (const [name, value] of exchange.responseHeaders)
      t.ok(has(response.headers, name, value), `${name} comes back`);
    for (const [name, value] of exchange.trailers) t.ok(has(response.trailers, name, value), `${name} comes back`);
  }
  const { stdout, stderr } = await recording.stop(t);
  t.same(marksIn(stdout, marks), [], 'the display');
  t.same(marksIn(Buffer.from(stderr), marks), [], 'the log');
  for (const path of outputs) {
    t.equal((await readCapture(path)).length, exchanges.length, `${path} is complete`);
    t.same(marksIn(await contentOf(path), marks), [], path);
  }
  t.same(readdirSync(dir).sort(), FORMATS.map((format) => `live.${format}`).sort(), 'no other file is left');
});

t.test('a capture is cleaned like live traffic', async (t) => {
  const exchanges = plantedExchanges();
  const marks = exchanges.flatMap((exchange) => exchange.marks);
  const origin = await startOrigin(t, exchanges);
  const dir = folder(t);
  const plain = await Recording.start(t);
  for (const [number, exchange] of exchanges.entries()) await send(plain.port, origin.port, exchange, number);
  await plain.stop(t);
  t.same(marksIn(await contentOf(plain.capture), marks).length, marks.length, 'all are in the capture before');
  for (const format of FORMATS) {
    const clean = join(dir, `clean.${format}`);
    const args = ['-nr', plain.capture, '--redact', '-w', clean, '--flow-detail', '4'];
    const ended = await runWarm(args, { env: KEY });
    t.equal(ended.code, 0);
    t.same(marksIn(ended.stdout, marks), [], 'the display');
    t.same(marksIn(await contentOf(clean), marks), [], clean);
    const left = await runWarm(['-nr', clean, '~secret', '--flow-detail', '1']);
    t.equal(String(left.stdout), '', `${format}: ~secret finds nothing`);
  }
  const sorted = await run(t, ['-nr', '-', '--sort', '--redact', '-w', '-'], {
    input: readFileSync(plain.capture),
    env: KEY,
  });
  t.same(marksIn(sorted.stdout, marks), [], 'sorted');
  const listed = await runWarm(['-nr', plain.capture, '--redact', '--dry-run']);
  t.match(String(listed.stdout), /request\.headers\.authorization +\d+ +\d+\n/);
  t.same(marksIn(listed.stdout, marks), [], 'the list');
  const found = await runWarm(['-nr', plain.capture, '~secret', '--flow-detail', '1']);
  t.equal(String(found.stdout).match(/ << 200/g)?.length, exchanges.length, '~secret finds all');
});

function has(raw: readonly string[], name: string, value: string): boolean {
  return raw.some((text, at) => at % 2 === 0 && text.toLowerCase() === name.toLowerCase() && raw[at + 1] === value);
}

t.test('the journal of a killed recording', async (t) => {
  const dir = folder(t);
  const recording = await Recording.start(t, {
    args: ['--redact', '--set', 'body_memory=1k', '--set', `spool_dir=${dir}`],
  });
  const origin = await RawOrigin.start(t, async (wire) => {
    await wire.has('\r\n\r\n');
    wire.send('HTTP/1.1 200 OK\r\nSet-Cookie: sid=MARKcookie1\r\nContent-Type: text/event-stream\r\n\r\n');
    wire.send(`data: {"token":"MARKevent2"}\n\n: ${'x'.repeat(4000)}\n\n`);
    await wire.over();
  });
  const client = await Wire.connect(recording.port);
  const head = `GET http://${origin.authority}/?token=MARKquery3 HTTP/1.1\r\nHost: ${origin.authority}\r\n`;
  client.send(`${head}Authorization: Bearer MARKheader4\r\n\r\n`);
  await client.has('MARKevent2');
  const journal = `${recording.capture}.live`;
  await until(() => existsSync(journal) && readFileSync(journal).includes('Set-Cookie'), 'the flow is in the journal');
  recording.program.child.kill('SIGKILL');
  await recording.program.ended;
  const files = [recording.capture, journal].map((path) => readFileSync(path).toString('latin1')).join();
  t.notMatch(files, /MARK/);
  const shown = await runWarm(['-nr', recording.capture, '--flow-detail', '4']);
  t.match(String(shown.stdout), /Bearer \[redacted:[0-9a-f]{6}\]/, 'it is recovered from its redacted head');
  t.notMatch(String(shown.stdout), /MARK/);
});

t.test('messages of TCP are shown and saved without a secret that stands across them', async (t) => {
  const recording = await Recording.start(t, { args: ['--redact', '--flow-detail', '4'] });
  const origin = await RawOrigin.start(t, async (wire) => {
    await wire.has('end\n');
    wire.send('done\n');
    await wire.over();
  });
  const wire = await Wire.connect(recording.port);
  wire.send(`CONNECT ${origin.authority} HTTP/1.1\r\n\r\n`);
  await wire.has('\r\n\r\n');
  wire.send('\x01login password=hunMARK');
  await (await origin.connection()).has('hunMARK');
  wire.send('ter2MARK and\nend\n');
  await wire.has('done\n');
  wire.socket.destroy();
  const { stdout } = await recording.stop(t);
  t.notMatch(String(stdout), /MARK/);
  t.match(String(stdout), /password=\[redacted:/);
  const [{ messages }] = (await readCapture(recording.capture)) as [Recorded<Flow>];
  t.match(messages, [/^> \x01login password=\[redacted:[0-9a-f]{6}\]$/, '>  and\nend\n', '< done\n']);
});
