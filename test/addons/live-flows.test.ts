import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { LiveFlows, type LiveFlowsOptions, liveBodyLimit } from '../../src/addons/live-flows.js';
import type { FlowFilter } from '../../src/flow/filter.js';
import type { HttpFlow } from '../../src/flow/flow.js';
import type { Dispatcher } from '../../src/flow/hooks/dispatcher.js';
import type { Addon } from '../../src/flow/hooks/hooks.js';
import { LiveJournal } from '../../src/serialize/native/journal/live-journal.js';
import { readAll } from '../serialize/flows.js';
import { plainHttpFlow, tcpFlow } from '../serialize/sample-flows.js';
import { dispatcherOf } from '../support/dispatcher.js';
import { until } from '../support/until.js';

const folder = t.testdir({});
let files = 0;

interface Setup {
  capture: string;
  journal: string;
  addon: LiveFlows;
  hooks: Dispatcher;
  errors: Error[];
}

/** @param output an addon to which flows are written */
async function setUp(
  t: Test,
  options: Partial<LiveFlowsOptions> = {},
  output: Addon = { observes: true },
): Promise<Setup> {
  const capture = join(folder, `capture-${files++}`);
  writeFileSync(capture, '');
  const journal = `${capture}.live`;
  const errors: Error[] = [];
  const onError = (error: Error): void => void errors.push(error);
  const addon = new LiveFlows(new LiveJournal(journal), {
    path: () => journal,
    flushed: () => Promise.resolve(),
    saved: () => true,
    onError,
    ...options,
  });
  const hooks = dispatcherOf(addon, output, addon.afterOutputs);
  t.notOk(hooks.holds('request', plainHttpFlow()), 'nothing is held for it');
  t.equal(hooks.emit('requestHeaders', plainHttpFlow()), undefined, 'without a promise');
  await hooks.emit('running', undefined);
  return { capture, journal, addon, hooks, errors };
}

t.test('a flow in progress is in the journal until it has ended', async (t) => {
  const { addon, capture, journal, hooks } = await setUp(t, { filter: only('/slow') });
  const flow = plainHttpFlow('/slow');
  const other = plainHttpFlow('/other');
  await hooks.emit('requestHeaders', flow);
  await hooks.emit('requestHeaders', other);
  await until(() => existsSync(journal), 'a journal');
  const { flows } = await readAll(capture);
  t.same(
    flows.map((one) => (one as HttpFlow).request.path),
    ['/slow'],
  );
  await hooks.emit('flowEnd', flow);
  await until(() => !existsSync(journal), 'its end');
  await addon.close();
});

t.test('an ended flow stays in the journal until the capture has it', async (t) => {
  let isWritten = (): void => {};
  let isFlushed = (): void => {};
  const output: Addon = {
    observes: true,
    flowEnd: (flow) => (flow === slow ? new Promise((resolve) => (isWritten = resolve)) : undefined),
  };
  const flushed = (): Promise<void> => new Promise((resolve) => (isFlushed = resolve));
  const { addon, journal, hooks } = await setUp(t, { flushed }, output);
  const slow = plainHttpFlow('/slow');
  const other = plainHttpFlow('/other');
  /** Resolves after later changes were written to the journal. */
  const updates = async (): Promise<void> => {
    other.response = plainHttpFlow('/other').response;
    const before = statSync(journal).size;
    await until(() => statSync(journal).size > before, 'an update');
  };
  await hooks.emit('requestHeaders', slow);
  await hooks.emit('requestHeaders', other);
  await until(() => existsSync(journal), 'a journal');
  const isInJournal = async (): Promise<boolean> => (await readAll(journal)).flows.some(({ id }) => id === slow.id);
  const end = hooks.emit('flowEnd', slow);
  await updates();
  t.ok(await isInJournal(), 'the output waits');
  isWritten();
  await end;
  await updates();
  t.ok(await isInJournal(), 'the output has accepted it, but not written it');
  isFlushed();
  while (await isInJournal()) await updates();
  await addon.close();
});

t.test('a flow that waits to be written does not get into the journal', async (t) => {
  const written = { call: (): void => {} };
  const output: Addon = { observes: true, flowEnd: () => new Promise((resolve) => (written.call = resolve)) };
  const { addon, journal, hooks } = await setUp(t, {}, output);
  const ended = plainHttpFlow('/ended');
  const living = plainHttpFlow('/living');
  await hooks.emit('requestHeaders', ended);
  const end = hooks.emit('flowEnd', ended);
  await hooks.emit('requestHeaders', living);
  await until(() => existsSync(journal), 'a journal');
  const ids = (await readAll(journal)).flows.map(({ id }) => id);
  t.ok(ids.includes(living.id));
  t.notOk(ids.includes(ended.id));
  written.call();
  await end;
  await addon.close();
});

t.test('the end of the program removes it if all is saved, and leaves it otherwise', async (t) => {
  for (const saved of [true, false]) {
    const { addon, journal, hooks } = await setUp(t, { saved: () => saved });
    const flow = tcpFlow();
    await hooks.emit('tcpStart', flow);
    await until(() => existsSync(journal), 'a journal');
    await hooks.emit('flowEnd', flow);
    await hooks.end();
    t.ok(existsSync(journal), 'the capture may still be open');
    await addon.close();
    t.equal(existsSync(journal), !saved);
  }
});

t.test('a journal that cannot be written is given up, with one message', async (t) => {
  const path = join(folder, 'no-folder', 'capture.live');
  const { addon, hooks, errors } = await setUp(t, { path: () => path });
  await hooks.emit('tcpStart', tcpFlow());
  await until(() => errors.length > 0, 'an error');
  await addon.close();
  t.match(errors, [{ code: 'ENOENT' }]);
  t.equal(errors.length, 1);
});

t.test('how much of a body is kept', (t) => {
  const flow = plainHttpFlow();
  t.ok(Number.isFinite(liveBodyLimit(flow, 'response')));
  t.ok(Number.isFinite(liveBodyLimit(flow, 'request')));
  t.notOk(Number.isFinite(liveBodyLimit(tcpFlow(), 'messages')));
  flow.response!.headers.set('Content-Type', 'text/event-stream; charset=utf-8');
  t.notOk(Number.isFinite(liveBodyLimit(flow, 'response')), 'an event stream is kept whole');
  t.end();
});

function only(path: string): FlowFilter {
  return {
    text: path,
    needsBodies: false,
    evaluate: (flow) => ((flow as HttpFlow).request.path === path ? 'later' : 'no'),
  };
}
