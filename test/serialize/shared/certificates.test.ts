import { createHash } from 'node:crypto';
import t from 'tap';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { readAll, toBytes } from '../flows.js';
import { splitRecords } from '../native/records.js';
import { newTls, plainHttpFlow } from '../sample-flows.js';

/** Flows over connections with these ids, whose servers have the certificates of these names. */
function flowsOver(...connections: [id: string, name: string][]): HttpFlow[] {
  return connections.map(([id, name], at) => {
    const flow = plainHttpFlow(`/${at}`);
    flow.server.id = id;
    flow.server.tls = newTls(name);
    return flow;
  });
}

/** For each record, whether the chain stands in it or the hash. */
function forms(bytes: Buffer): string[] {
  return splitRecords(bytes).map(({ metadata }) => {
    const { certificates, leafSha256 } = metadata.server.tls;
    return [certificates && 'chain', leafSha256 && 'hash'].filter(Boolean).join('+');
  });
}

async function chains(bytes: Buffer): Promise<(string | undefined)[]> {
  const { flows } = await readAll([bytes]);
  return flows.map(({ server }) => server.tls!.certificates[0]?.toString());
}

t.test('the first flow of a connection has the chain, later ones the hash of the leaf', async (t) => {
  const flows = flowsOver(['1', 'a'], ['1', 'a'], ['2', 'b'], ['1', 'a'], ['3', 'a'], ['1', 'b'], ['1', 'b']);
  const bytes = await toBytes(flows);
  t.same(forms(bytes), ['chain', 'hash', 'chain', 'hash', 'chain', 'chain', 'hash']);
  t.same(await chains(bytes), [
    'leaf of a',
    'leaf of a',
    'leaf of b',
    'leaf of a',
    'leaf of a',
    'leaf of b',
    'leaf of b',
  ]);
  const hash = createHash('sha256').update('leaf of a').digest();
  t.ok(splitRecords(bytes)[1]!.metadata.server.tls.leafSha256!.equals(hash));
});

t.test('a chain is not lost with the flow that had it', async (t) => {
  const bytes = await toBytes(flowsOver(['1', 'a'], ['1', 'a'], ['1', 'a']));
  const { flows } = await readAll([bytes]);
  const written = await toBytes(flows.slice(1));
  t.same(forms(written), ['chain', 'hash']);
  t.same(await chains(written), ['leaf of a', 'leaf of a']);
});

t.test('flows that no addon could change are copied as bytes, but never without their chain', async (t) => {
  const bytes = await toBytes(flowsOver(['1', 'a'], ['1', 'a'], ['2', 'b'], ['1', 'a'], ['1', 'b']));
  const copy = async (first: number): Promise<Buffer> => {
    const { flows } = await readAll([bytes]);
    for (const { source } of flows) source!.untouched = true;
    return toBytes(flows.slice(first));
  };
  t.ok((await copy(0)).equals(bytes));
  t.same(forms(await copy(1)), ['chain', 'chain', 'hash', 'chain']);
  t.same(await chains(await copy(1)), ['leaf of a', 'leaf of b', 'leaf of a', 'leaf of b']);
  t.ok((await copy(4)).equals(bytes.subarray(splitRecords(bytes)[4]!.offset)));
});

t.test('a hash whose chain is nowhere is kept, even when the flow is changed', async (t) => {
  const bytes = await toBytes(flowsOver(['1', 'a'], ['1', 'a'], ['1', 'a']));
  const [, second] = splitRecords(bytes);
  const headless = bytes.subarray(second!.offset);
  const { flows } = await readAll([headless]);
  t.same(flows[0]!.server.tls!.certificates, []);
  t.ok((await toBytes(flows)).equals(headless), 'copied as bytes');
  for (const flow of flows) flow.comment = 'changed';
  t.same(forms(await toBytes(flows)), ['hash', 'hash']);
});

t.test('a chain is repeated after those of 4096 other connections', async (t) => {
  const others = Array.from({ length: 4097 }, (_, at): [string, string] => [`other ${at}`, `other ${at}`]);
  const bytes = await toBytes(
    flowsOver(['1', 'a'], ...others.slice(0, 4095), ['1', 'a'], ...others.slice(4095), ['1', 'a']),
  );
  const found = forms(bytes);
  t.equal(found[4096], 'hash');
  t.equal(found.at(-1), 'chain');
  t.same(
    (await chains(bytes)).filter((name) => name === undefined),
    [],
  );
});

t.test('flows of one server share one copy of the chain', async (t) => {
  const { flows } = await readAll([await toBytes(flowsOver(['1', 'a'], ['1', 'a'], ['2', 'a']))]);
  const [one, two, three] = flows.map(({ server }) => server.tls!.certificates);
  t.equal(one, two);
  t.equal(one, three);
});
