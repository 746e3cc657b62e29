import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { describeFlows, readAll, toFormat } from '../flows.js';
import { alteredOf } from './foreign.js';

const folder = join(import.meta.dirname, '../../../../fixtures/har');

/** A flow in a few lines. */
async function lines(flow: HttpFlow): Promise<string[]> {
  const { request, response, server, error, metadata, comment, messages, websocket } = flow;
  const said = [
    `${request.method} ${request.url} ${request.httpVersion} ${request.authority}`.trim(),
    ...[...request.headers].map(([name, value]) => `> ${name}: ${value}`),
    await content(request),
    `at ${request.timestampStart}, server ${server.address?.join(' ')}, ${server.peer?.[0] ?? 'no address'}`,
  ];
  if (response) {
    said.push(
      `${response.httpVersion} ${response.statusCode} ${response.reason}`.trim(),
      ...[...response.headers].map(([name, value]) => `< ${name}: ${value}`),
      await content(response),
    );
  }
  if (websocket) said.push('WebSocket');
  for await (const { fromClient, opcode, timestamp, content } of messages ?? []) {
    said.push(`${fromClient ? '>' : '<'} ${opcode} ${timestamp} ${JSON.stringify(content.toString('latin1'))}`);
  }
  if (error) said.push(`error ${error.message}`);
  if (comment) said.push(`comment ${comment}`);
  const har = alteredOf(metadata);
  if (har) said.push(JSON.stringify({ har }));
  return said.filter((line) => line !== '');
}

async function content({ body }: HttpFlow['request'] | NonNullable<HttpFlow['response']>): Promise<string> {
  if (!body.kept) return `${body.size} bytes not kept`;
  return body.size > 0 ? JSON.stringify(await body.text()) : '';
}

const NAMES = ['chrome', 'firefox', 'safari', 'charles', 'fiddler', 'mitmproxy', 'pairs'];

const OMITTED: Readonly<Record<string, string>> = {
  chrome: '1 entry that is not HTTP: data: (1)',
  firefox: '1 body was not kept by the program that wrote this',
};

for (const name of NAMES) {
  t.test(`a HAR of ${name}`, async (t) => {
    const { flows, damage, summary } = await readAll(join(folder, `${name}.har`));
    t.same(damage, []);
    t.equal(summary.omitted, OMITTED[name]);
    const said = await Promise.all((flows as HttpFlow[]).map(lines));
    const text = said.map((flow) => flow.map((line) => `${line}\n`).join('')).join('\n');
    const golden = join(folder, `${name}.txt`);
    if (process.env.UPDATE_FIXTURES) writeFileSync(golden, text);
    t.equal(text, readFileSync(golden, 'utf8'));
  });

  t.test(`a HAR of ${name}, written again`, async (t) => {
    const { flows } = await readAll(join(folder, `${name}.har`));
    const { flows: again, damage } = await readAll([await toFormat('har', flows)]);
    t.same(damage, []);
    // A Content-Type that was made from another member is a header now.
    for (const { metadata } of [...flows, ...again]) delete metadata.har;
    t.strictSame(await describeFlows(again), await describeFlows(flows));
  });
}

t.test('connections and times', async (t) => {
  const { flows } = await readAll(join(folder, 'chrome.har'));
  const [first, second] = flows as HttpFlow[];
  const { server, request, response } = first!;
  t.same(
    [server.timestampStart, server.timestampTcpSetup, request.timestampEnd],
    [1714637730.1355, 1714637730.16075, 1714637730.16125],
  );
  t.same([response!.timestampStart, response!.timestampEnd], [1714637730.20125, 1714637730.21025]);
  t.same(
    [second!.server.id, second!.server.timestampTcpSetup],
    [server.id, server.timestampTcpSetup],
    'it was used again',
  );
});
