import t from 'tap';
import { isWebSocket } from '../../../src/flow/index.js';
import { httpFlow } from '../../terminal/sample-flows.js';

t.test('the handshake decides', async (t) => {
  type Fields = [string, string][];
  const asked: Fields = [['Upgrade', 'websocket']];
  const table: [what: string, request: Fields, status: number, response: Fields, is: boolean][] = [
    ['agreed', asked, 101, [['Upgrade', 'websocket']], true],
    ['in any case', [['upgrade', 'WebSocket']], 101, [['UPGRADE', 'WEBSOCKET']], true],
    ['one of several', [['Upgrade', 'h2c , websocket']], 101, [['Upgrade', 'websocket']], true],
    [
      'in two fields',
      [
        ['Upgrade', 'h2c'],
        ['Upgrade', 'websocket'],
      ],
      101,
      [['Upgrade', 'websocket']],
      true,
    ],
    ['another protocol chosen', [['Upgrade', 'h2c, websocket']], 101, [['Upgrade', 'h2c']], false],
    ['not asked for', [['Upgrade', 'h2c']], 101, [['Upgrade', 'websocket']], false],
    ['refused', asked, 400, [['Upgrade', 'websocket']], false],
    ['a longer name', [['Upgrade', 'websocket2']], 101, [['Upgrade', 'websocket2']], false],
    ['no names', [], 101, [], false],
  ];
  for (const [what, request, status, response, is] of table) {
    t.equal(isWebSocket(httpFlow({ headers: request }, { status, headers: response })), is, what);
  }
  t.equal(isWebSocket(httpFlow({ headers: asked })), false, 'not answered');
});
