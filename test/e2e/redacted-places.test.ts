import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { DnsFlow, type Flow, type HttpFlow, UdpFlow } from '../../src/flow/flow.js';
import { Headers } from '../../src/flow/http/headers.js';
import { run } from '../cli/tsdump.js';
import { runWarm } from '../cli/warm.js';
import { marksIn } from '../redact/planted.js';
import { toBytes } from '../serialize/flows.js';
import { fullHttpFlow, newTls, sampleFlows, tcpFlow, upgradedFlow } from '../serialize/sample-flows.js';
import { folder } from '../support/folder.js';
import { readCapture } from './support/recording.js';

t.setTimeout(300_000);

const KEY = { TSDUMP_REDACT_KEY: 'a key for the tests of redaction' };

/** A secret in each place that a flow has, also those that are neither heads nor bodies. */
class Plants {
  readonly marks: string[] = [];

  mark(): string {
    const mark = `Zq${this.marks.length}x7Kp${(this.marks.length * 7919 + 131).toString(36)}Vw`;
    this.marks.push(mark);
    return mark;
  }

  flows(): Flow[] {
    const websocket = upgradedFlow();
    websocket.websocket!.reason = `expired password=${this.mark()}`;
    for (const text of [`{"token":"${this.mark()}"}`, `login secret=${this.mark()}`]) {
      websocket.messages!.append({ fromClient: true, opcode: 1, timestamp: 1, content: Buffer.from(text) });
    }
    const tcp = tcpFlow();
    const whole = this.mark();
    for (const text of [
      `AUTH password=${whole.slice(0, 5)}`,
      `${whole.slice(5)}\r\n`,
      `{"api_key":"${this.mark()}"}`,
    ]) {
      tcp.messages.append({ fromClient: true, opcode: 0, timestamp: 1, content: Buffer.from(text) });
    }
    const [udp, dns] = [sampleFlows().find(isUdp)!, sampleFlows().find(isDns)!];
    const content = Buffer.from(`password: ${this.mark()}\n`);
    udp.messages.append({ fromClient: false, opcode: 0, timestamp: 1, content });
    const text = Buffer.from(`verification token=${this.mark()}`);
    const data = Buffer.concat([Buffer.from([text.length]), text]);
    dns.response!.answers.push({ name: 'txt.example', type: 16, class: 1, ttl: 1, data });
    const flows = [this.http(), websocket, tcp, udp, dns];
    for (const flow of flows) this.common(flow);
    return flows;
  }

  private http(): HttpFlow {
    const flow = fullHttpFlow();
    const { request } = flow;
    request.path = `/a/eyJhbGciOiJIUzI1NiJ9.${Buffer.from(`{"sub":"${this.mark()}"}`).toString('base64url')}.${this.mark()}?api_key=${this.mark()}`;
    request.headers.append('Authorization', `Basic ${Buffer.from(`joe:${this.mark()}`).toString('base64')}`);
    request.headers.append('Client-Cert', `:${Buffer.from(this.mark()).toString('base64')}:`);
    request.trailers = Headers.from({ 'X-Auth-Token': this.mark() });
    request.headers.append('Content-Type', 'application/json');
    request.body.set(`{"p\\u0061ssword":"${this.mark()}"}`);
    const response = flow.response!;
    response.reason = `Wrong token=${this.mark()}`;
    response.headers.append('Set-Cookie', `sid=${this.mark()}; Path=/`);
    response.headers.set('Content-Type', 'text/event-stream');
    response.headers.append('Content-Encoding', 'gzip');
    response.body.set(`data: {"access_token":"${this.mark()}"}\n\ndata: Bearer ${this.mark()}\n\n`);
    response.trailers = Headers.from({ Signature: `jwt=${this.mark()}`, 'X-Vault-Token': this.mark() });
    const url = `https://example.com/?token=${this.mark()}`;
    flow.interim = [{ statusCode: 103, reason: '', headers: Headers.from({ Link: `<${url}>` }), timestamp: 1 }];
    return flow;
  }

  /** What all flows have. */
  private common<Kind extends Flow>(flow: Kind): Kind {
    flow.error = { message: `connecting to http://proxy:${this.mark()}@10.0.0.1:3128 failed`, timestamp: 2 };
    flow.comment = `login with password: ${this.mark()}`;
    flow.marked = `token=${this.mark()}`;
    flow.metadata = {
      note: `secret=${this.mark()}`,
      session: { api_key: this.mark(), list: [`Bearer ${this.mark()}`] },
    };
    flow.client.error = `bad password=${this.mark()}`;
    flow.server.error = `bad password=${this.mark()}`;
    flow.client.mode = `upstream:http://joe:${this.mark()}@proxy.example:3128`;
    const certificate = this.mark();
    flow.client.tls = { ...newTls('client'), certificates: [Buffer.from(`certificate of ${certificate}`)] };
    return flow;
  }
}

function isUdp(flow: Flow): flow is UdpFlow {
  return flow instanceof UdpFlow;
}

function isDns(flow: Flow): flow is DnsFlow {
  return flow instanceof DnsFlow && flow.response !== undefined;
}

/** A file as it is, and with everything in it decoded. */
async function contentOf(path: string, isCapture: boolean): Promise<Buffer> {
  const bytes = readFileSync(path);
  const parts: Uint8Array[] = [bytes];
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) parts.push(gunzipSync(bytes));
  for (const { flow, messages } of isCapture ? await readCapture(path) : []) {
    parts.push(Buffer.from(JSON.stringify([messages, flow.metadata, flow.error, flow.comment, flow.client.mode])));
    if (flow.type === 'http') {
      parts.push(await flow.request.body.bytes(), flow.response ? await flow.response.body.bytes() : Buffer.alloc(0));
    }
  }
  return Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')]));
}

const CAPTURES = ['clean.bin', 'clean.mitm', 'clean.har', 'clean.jsonl', 'clean.bin.gz'];
const EXPORTS = ['curl', 'httpie', 'raw_request', 'raw_response', 'raw'];
const COLUMNS = ['url', 'error', 'comment', 'marked', 'request.headers.authorization', 'client.mode', 'metadata.note'];
const REPORTS = ['json', 'junit', 'md'];

async function plantedCapture(t: Test): Promise<{ path: string; marks: string[] }> {
  const plants = new Plants();
  const path = join(folder(t), 'planted.bin');
  writeFileSync(path, await toBytes(plants.flows()));
  const before = marksIn(await contentOf(path, true), plants.marks);
  return { path, marks: before };
}

t.test('no place of a flow gets into any format, export, report or line', async (t) => {
  const { path, marks } = await plantedCapture(t);
  t.ok(marks.length >= 60, `${marks.length} secrets are in the capture`);
  const dir = folder(t);
  const check = async (name: string, isCapture: boolean): Promise<void> => {
    t.same(marksIn(await contentOf(join(dir, name), isCapture), marks), [], name);
  };

  const tables = ['clean.csv', 'clean.tsv'];
  const outputs = [...CAPTURES, ...tables].flatMap((name) => ['-w', join(dir, name)]);
  const written = await runWarm(['-qnr', path, '--redact', '--columns', COLUMNS.join(','), ...outputs], { env: KEY });
  t.equal(written.code, 0, written.stderr);
  for (const name of [...CAPTURES, ...tables]) await check(name, CAPTURES.includes(name) && !name.endsWith('.gz'));
  await runWarm(['-qnr', join(dir, 'clean.bin.gz'), '-w', join(dir, 'unpacked.jsonl')]);
  await check('unpacked.jsonl', true);
  for (const format of EXPORTS) {
    const name = `export.${format}`;
    const ended = await runWarm(['-qnr', path, '--redact', '--format', format, '-w', join(dir, name)], { env: KEY });
    t.equal(ended.code, 0, ended.stderr);
    t.same(marksIn(Buffer.from(ended.stderr), marks), [], `${format}: the log`);
    await check(name, false);
  }
  for (const detail of ['1', '4']) {
    const args = ['-nr', path, '--redact', '--flow-detail', detail, '--stat', '--set', 'termlog_verbosity=debug'];
    const { stdout, stderr } = await runWarm(args, { env: KEY });
    t.same(marksIn(Buffer.concat([stdout, Buffer.from(stderr)]), marks), [], `lines of detail ${detail}`);
  }
  const reports = REPORTS.flatMap((format) => ['--report', `${format}=${join(dir, `report.${format}`)}`]);
  const args = ['-nr', path, '--redact', '--fail-on', '~all', '--expect', '99: ~q', '--stat-json', ...reports];
  const checked = await run(t, args, { env: { ...KEY, GITHUB_ACTIONS: 'true' } });
  t.equal(checked.code, 1, 'the checks fail');
  t.same(marksIn(Buffer.concat([checked.stdout, Buffer.from(checked.stderr)]), marks), [], 'lines of checks');
  for (const format of REPORTS) await check(`report.${format}`, false);
});

t.test('differences of comparisons', async (t) => {
  const { path, marks } = await plantedCapture(t);
  const other = await plantedCapture(t);
  const dir = folder(t);
  const changed = join(dir, 'changed.jsonl');
  // All secrets of the other capture differ.
  await runWarm(['-qnr', other.path, '-w', changed]);
  writeFileSync(changed, readFileSync(changed, 'utf8').replaceAll('x7Kp', 'x8Lr'));
  const all = [...marks, ...marks.map((mark) => mark.replace('x7Kp', 'x8Lr'))];
  const reports = REPORTS.flatMap((format) => ['--report', `${format}=${join(dir, `report.${format}`)}`]);
  const ended = await runWarm(['-nr', path, '--diff', changed, '--redact', ...reports], { env: KEY });
  t.equal(ended.code, 1, 'there are differences');
  t.match(String(ended.stdout), /\[redacted:[0-9a-f]{6}\]/);
  t.same(marksIn(Buffer.concat([ended.stdout, Buffer.from(ended.stderr)]), all), [], 'lines');
  for (const format of REPORTS) {
    t.same(marksIn(await contentOf(join(dir, `report.${format}`), false), all), [], `${format} report`);
  }

  const clean = CAPTURES.slice(0, 2).map((name) => join(dir, name));
  for (const output of clean) await runWarm(['-qnr', path, '--redact', '-w', output], { env: KEY });
  const same = await runWarm(['-nr', clean[0]!, '--diff', clean[1]!]);
  t.equal(same.code, 0, 'captures that were redacted with the same key are the same');
});
