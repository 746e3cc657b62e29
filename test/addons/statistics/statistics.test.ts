import t from 'tap';
import { Statistics } from '../../../src/addons/statistics/statistics.js';
import type { FlowFilter } from '../../../src/flow/filter.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import { plainStyles } from '../../../src/terminal/styles.js';
import { dispatcherOf } from '../../support/dispatcher.js';
import { httpFlow, tcpFlow, textSink } from '../../terminal/sample-flows.js';

async function print(json: boolean, filter?: FlowFilter): Promise<string> {
  const { out, text } = textSink();
  const addon = new Statistics({ out, styles: plainStyles, columns: () => undefined, showHost: false, json, filter });
  const hooks = dispatcherOf(addon);
  for (const path of ['/1', '/2', '/3']) {
    const flow = httpFlow({ path }, { body: 'hello' });
    t.equal(hooks.emit('flowEnd', flow), undefined, 'no hook is pending');
  }
  const { length } = await text();
  t.equal(length, 0, 'nothing before the end');
  t.notOk(hooks.keepsBodies(httpFlow({ body: 'a' }), 'end'), 'no bodies are kept');
  t.notOk(hooks.keepsBodies(tcpFlow(), 'end'));
  t.notOk(hooks.mayChange(tcpFlow()));
  await hooks.emit('done', undefined);
  return text();
}

t.test('as a table', async (t) => t.match(await print(false), /^flows {8}3 \(http 3\)\n/));

t.test('as JSON', async (t) => {
  const text = await print(true);
  t.match(JSON.parse(text), { version: 1, flows: 3, bytes: { responseBodies: 15 } });
  t.ok(text.endsWith('}\n'));
});

t.test('of flows that match', async (t) => {
  const filter: FlowFilter = {
    text: '2',
    needsBodies: false,
    evaluate: (flow) => ((flow as HttpFlow).request.path === '/2' ? 'yes' : 'no'),
  };
  t.match(JSON.parse(await print(true, filter)), { flows: 1 });
});
