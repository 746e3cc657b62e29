import t from 'tap';
import { compileFilter } from '../../src/filters/index.js';
import type { Phase } from '../../src/flow/index.js';
import { httpFlow } from '../terminal/sample-flows.js';

t.test('~websocket is decided by the handshake, as soon as it is known', async (t) => {
  const upgrade = { Upgrade: 'websocket' };
  const filter = compileFilter('~websocket');
  const asked = httpFlow({ headers: upgrade });
  const table: [what: string, flow: typeof asked, phase: Phase, verdict: string][] = [
    ['asked for', asked, 'requestHeaders', 'later'],
    ['asked for', asked, 'request', 'later'],
    ['never answered', asked, 'end', 'no'],
    ['another protocol', httpFlow({ headers: { Upgrade: 'h2c' } }), 'requestHeaders', 'no'],
    ['no upgrade', httpFlow(), 'requestHeaders', 'no'],
    ['agreed', httpFlow({ headers: upgrade }, { status: 101, headers: upgrade }), 'responseHeaders', 'yes'],
    ['agreed', httpFlow({ headers: upgrade }, { status: 101, headers: upgrade }), 'end', 'yes'],
    ['refused', httpFlow({ headers: upgrade }, { status: 403 }), 'responseHeaders', 'no'],
  ];
  for (const [what, flow, phase, verdict] of table) t.equal(filter.evaluate(flow, phase), verdict, `${what}, ${phase}`);
});
