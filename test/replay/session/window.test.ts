import t from 'tap';
import { SessionState } from '../../../src/replay/session/session-state.js';
import { flowOf, newSettings, responseOf } from './conversation.js';

t.test('of a pipe, the values of the last 10,000 responses are kept', async (t) => {
  const state = new SessionState(newSettings());
  let time = 0;
  const send = async (recorded: string, answer: string): Promise<void> => {
    const flow = flowOf({ request: 'GET /', recorded, time: time++ });
    state.onRead(flow);
    await state.rewrite(flow, flow.request.clone());
    const replayed = flow.copy();
    replayed.response = responseOf(answer);
    await state.onEnded(flow, replayed);
  };
  const ask = async (token: string): Promise<string> => {
    const flow = flowOf({ request: `GET /?a=${token}`, time: time++ });
    state.onRead(flow);
    const request = flow.request.clone();
    await state.rewrite(flow, request);
    await state.onEnded(flow, undefined);
    return request.path;
  };
  await send('X-Token: first-0001', 'X-Token: new-00001');
  for (let at = 0; at < 9_999; at++) await send(`X-Token: old-${at}-0002`, `X-Token: new-${at}-0002`);
  t.equal(await ask('first-0001'), '/?a=new-00001');
  await send('X-Token: last-0003', 'X-Token: new-00003');
  t.equal(await ask('first-0001'), '/?a=first-0001', 'dropped');
  t.equal(await ask('old-0-0002'), '/?a=new-0-0002', 'still there');
  t.equal(await ask('last-0003'), '/?a=new-00003');
});
