import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { HttpFlow } from '../../../src/flow/flow.js';
import { MessageLog } from '../../../src/flow/message-log/message-log.js';
import { readAll, toFormat } from '../flows.js';
import { plainHttpFlow, sampleFlows, upgradedFlow } from '../sample-flows.js';

const docs = join(import.meta.dirname, '../../../../docs');
const fixtures = join(import.meta.dirname, '../../../../fixtures/har');
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
const validate = ajv.compile(JSON.parse(readFileSync(join(docs, 'flow.schema.json'), 'utf8')));

/** Lines that the schema does not allow, with the reason. */
function wrong(bytes: Buffer): unknown[] {
  const lines = bytes.toString().trimEnd().split('\n');
  return lines.filter((line) => !validate(JSON.parse(line))).map((line) => [line.slice(0, 200), validate.errors]);
}

t.test('written flows match the schema', async (t) => {
  const encoded = plainHttpFlow('/encoded', '');
  encoded.response!.headers.append('Content-Encoding', 'br');
  encoded.response!.body.set('text');
  const gone = plainHttpFlow('/gone', '');
  gone.response!.headers.append('Content-Encoding', 'br');
  const [raw, counted, frame] = [plainHttpFlow('/raw', ''), plainHttpFlow('/counted'), upgradedFlow()];
  raw.response!.headers.append('Content-Encoding', 'br');
  raw.response!.body.append(brotliCompressSync('x').subarray(1));
  counted.messages = new MessageLog();
  counted.messages.append({ fromClient: true, opcode: 1, timestamp: 1, content: Buffer.from('abc') });
  frame.messages!.append({ fromClient: true, opcode: 5, timestamp: 1, content: Buffer.from([0xff]) });
  t.same(wrong(await toFormat('jsonl', [...sampleFlows(), encoded, gone, raw, counted, frame])), []);
});

t.test('flows from foreign HARs match it, too', async (t) => {
  for (const name of ['chrome', 'firefox', 'safari', 'charles', 'fiddler', 'mitmproxy', 'pairs']) {
    const { flows } = await readAll(join(fixtures, `${name}.har`));
    t.same(wrong(await toFormat('jsonl', flows)), [], name);
  }
});

t.test('the schema rejects other objects', async (t) => {
  const [line] = (await toFormat('jsonl', [plainHttpFlow()])).toString().split('\n');
  t.ok(validate(JSON.parse(line!)));
  const alter = (change: (flow: Record<string, Record<string, unknown>>) => void) => {
    const flow = JSON.parse(line!);
    change(flow);
    return validate(flow);
  };
  t.notOk(alter((flow) => delete flow.request));
  t.notOk(alter((flow) => delete flow.request!.headers));
  t.notOk(alter((flow) => Object.assign(flow.request!, { header: [] })));
  t.notOk(alter((flow) => Object.assign(flow.response!, { body: 1 })));
  t.notOk(
    alter((flow) => Object.assign(flow.response!, { bodyBase64: 'AA==' })),
    'two bodies',
  );
  t.notOk(alter((flow) => Object.assign(flow, { type: 'tcp' })));
  t.notOk(alter((flow) => Object.assign(flow, { other: 1 })));
});

t.test('the most useful members come first', async (t) => {
  const flow = sampleFlows().find((one) => one instanceof HttpFlow)!;
  const keys = Object.keys(JSON.parse((await toFormat('jsonl', [flow])).toString()));
  t.same(keys.slice(0, 6), ['type', 'id', 'timestampCreated', 'error', 'request', 'response']);
  t.same(keys.slice(-3), ['metadata', 'client', 'server']);
});
