import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { FlowReplay } from '../../../src/cli/addons/flow-replay.js';
import { resolveOptions } from '../../../src/cli/options/resolve.js';
import type { OptionName } from '../../../src/cli/options/table/index.js';
import { Shutdown } from '../../../src/cli/process/shutdown.js';
import { startReplayEngine } from '../../../src/cli/proxy/engine.js';
import { readInputs } from '../../../src/cli/read/read-inputs.js';
import { openSession, type Session } from '../../../src/cli/session/session.js';
import type { HttpFlow } from '../../../src/flow/flow.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { counting } from '../../engine/hooks/support.js';
import { toBytes } from '../../serialize/flows.js';
import { plainHttpFlow } from '../../serialize/sample-flows.js';
import { OK, RawOrigin } from '../../support/raw-origin.js';
import { readPaths } from '../flows.js';

const dir = t.testdir({});
const at = (name: string) => join(dir, name);

interface Reading {
  session: Session;
  /** How often the engine was loaded. */
  loaded: () => number;
}

/** A session that reads captures, with addons of the test. */
async function reading(output: string, addons: Addon[], mode = 'regular'): Promise<Reading> {
  const setting = (option: OptionName, text: string) =>
    ({ option, text, source: 'command line', place: 'test', bySet: true }) as const;
  const { values: options } = resolveOptions([
    setting('flow_detail', '0'),
    setting('save_stream_file', output),
    setting('mode', mode),
  ]);
  const filters = { save: undefined, read: undefined, dump: undefined, hints: [] };
  const shutdown = new Shutdown();
  const session = await openSession({
    options,
    filters,
    shutdown,
    inputs: [],
    addons: { access: addons },
    live: false,
  });
  await session.openOutputs();
  let count = 0;
  session.replay.use(async () => {
    count++;
    return startReplayEngine(session, { permits: [], deferredServers: undefined });
  });
  return { session, loaded: () => count };
}

/** A capture of two requests to an origin. */
async function capture(t: Test, name: string): Promise<{ origin: RawOrigin; path: string }> {
  const origin = await RawOrigin.start(t, counting(OK));
  const flows = ['/1', '/2'].map((path) => plainHttpFlow(path));
  for (const { request } of flows) {
    request.host = '127.0.0.1';
    request.port = origin.port;
  }
  writeFileSync(at(name), await toBytes(flows));
  return { origin, path: at(name) };
}

t.test('flows of a capture are sent again, and recorded with their responses', async (t) => {
  const { origin, path } = await capture(t, 'in.bin');
  const replayed: HttpFlow[] = [];
  const addon: Addon = {
    flowEnd: async (flow) => {
      if (flow.type === 'http' && !flow.isReplay) replayed.push(await flow.replay());
    },
  };
  const { session, loaded } = await reading(at('out.bin'), [addon]);
  await readInputs(session, { paths: [path], problems: [] }, undefined);
  await session.replay.settled(session.shutdown.requested);
  await session.replay.stop(1000);
  await session.close();
  t.equal(loaded(), 1);
  t.equal(origin.connections.length, 1, 'over one connection');
  t.same(
    replayed.map(({ error, response }) => [error, response?.statusCode]),
    [
      [undefined, 200],
      [undefined, 200],
    ],
  );
  t.equal(await replayed[0]!.response!.body.text(), 'ok');
  t.equal(await readPaths(at('out.bin')), '/1 /1 /2 /2');
});

t.test('replays that are not awaited are finished at the end', async (t) => {
  const { path } = await capture(t, 'waits.bin');
  let again = 0;
  const addon: Addon = {
    requestHeaders: (flow) => {
      if (flow.isReplay === undefined || again++ < 1) void flow.replay();
    },
  };
  const { session } = await reading(at('waits-out.bin'), [addon]);
  await readInputs(session, { paths: [path], problems: [] }, undefined);
  await session.replay.settled(session.shutdown.requested);
  await session.replay.stop(0);
  await session.close();
  t.equal((await readPaths(at('waits-out.bin'))).split(' ').length, 5, 'two, each once more, and one of these');
});

t.test('through the upstream proxy of the mode', async (t) => {
  const { origin, path } = await capture(t, 'upstream.bin');
  const addon: Addon = {
    request: async (flow) => void (flow.isReplay || (await flow.replay())),
  };
  const { session } = await reading(at('upstream-out.bin'), [addon], `upstream:http://${origin.authority}`);
  await readInputs(session, { paths: [path], problems: [] }, undefined);
  await session.replay.stop(1000);
  await session.close();
  t.match(origin.connections[0]!.text, `GET http://${origin.authority}/1 HTTP/1.1\r\n`);
});

t.test('the engine is not loaded for anything else', async (t) => {
  const { path } = await capture(t, 'none.bin');
  const { session, loaded } = await reading(at('none-out.bin'), [{ request: (flow) => void flow.copy() }]);
  await readInputs(session, { paths: [path], problems: [] }, undefined);
  await session.replay.stop(1000);
  await session.close();
  t.equal(loaded(), 0);
});

t.test('an engine that cannot be loaded, and none any more', async (t) => {
  const replay = new FlowReplay();
  replay.use(() => Promise.reject(new Error('no engine')));
  const flow = plainHttpFlow('/');
  await t.rejects(replay.replay(flow), { message: 'no engine' });
  await replay.stop(0);
  await t.rejects(replay.replay(flow), { code: 'ERR_FLOW_NOT_LIVE' });
});
