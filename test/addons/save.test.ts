import { join } from 'node:path';
import t from 'tap';
import { Save } from '../../src/addons/save.js';
import type { FlowFilter } from '../../src/flow/filter.js';
import type { HttpFlow } from '../../src/flow/flow.js';
import { NativeWriter } from '../../src/serialize/native/native-writer.js';
import { FileSink } from '../../src/serialize/output/file-sink.js';
import { failOnError, readAll } from '../serialize/flows.js';
import { plainHttpFlow } from '../serialize/sample-flows.js';
import { dispatcherOf } from '../support/dispatcher.js';

const folder = t.testdir({});

async function pathsIn(path: string): Promise<string[]> {
  const { flows } = await readAll(path);
  return (flows as HttpFlow[]).map(({ request }) => request.path);
}

t.test('flows that have ended are saved', async (t) => {
  const path = join(folder, 'all');
  const writer = new NativeWriter(await FileSink.open(path), { onError: failOnError });
  const hooks = dispatcherOf(new Save(writer));
  t.equal(hooks.emit('flowEnd', plainHttpFlow('/1')), undefined, 'without a promise');
  t.equal(hooks.emit('flowEnd', plainHttpFlow('/2')), undefined);
  t.ok(hooks.keepsBodies(plainHttpFlow('/3'), 'requestHeaders'), 'with their bodies');
  t.notOk(hooks.holds('response', plainHttpFlow('/3')), 'nothing is held for it');
  await hooks.end();
  t.equal(hooks.emit('flowEnd', plainHttpFlow('/4')), undefined, 'the end of the hooks does not close the file');
  await writer.close();
  t.same(await pathsIn(path), ['/1', '/2', '/4']);
});

t.test('only flows that the filter lets pass', async (t) => {
  const path = join(folder, 'some');
  const filter: FlowFilter = {
    text: '2',
    needsBodies: false,
    evaluate: (flow) => ((flow as HttpFlow).request.path === '/2' ? 'yes' : 'no'),
  };
  const writer = new NativeWriter(await FileSink.open(path), { onError: failOnError });
  const hooks = dispatcherOf(new Save(writer, filter));
  for (const one of ['/1', '/2', '/3']) await hooks.emit('flowEnd', plainHttpFlow(one));
  await writer.close();
  t.same(await pathsIn(path), ['/2']);
});

t.test('a body on disk is waited for', async (t) => {
  const path = join(folder, 'large');
  const flow = plainHttpFlow('/large', '');
  flow.response!.body.append(Buffer.alloc(1_000_000, 'x'));
  const writer = new NativeWriter(await FileSink.open(path), { onError: failOnError });
  const hooks = dispatcherOf(new Save(writer));
  const pending = hooks.emit('flowEnd', flow);
  t.ok(pending);
  await pending;
  flow.response!.body.release();
  await writer.close();
  const { flows } = await readAll(path);
  t.equal((await (flows[0] as HttpFlow).response!.body.rawBytes()).length, 1_000_000);
});
