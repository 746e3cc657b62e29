import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { resolveOptions } from '../../../src/cli/options/resolve.js';
import type { OptionName } from '../../../src/cli/options/table/index.js';
import { ExitCode } from '../../../src/cli/process/exit-codes.js';
import { Shutdown } from '../../../src/cli/process/shutdown.js';
import { readInputs } from '../../../src/cli/read/read-inputs.js';
import { openSession, type Session } from '../../../src/cli/session/session.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import { plainHttpFlow, tcpFlow } from '../../serialize/sample-flows.js';
import { later } from '../../support/later.js';
import { until } from '../../support/until.js';
import { readPaths, writeFlows } from '../flows.js';

const dir = t.testdir({});
const at = (name: string) => join(dir, name);

/** A session without lines of flows, with addons of the test in front of all others. */
async function open(
  outputs: string[],
  access: Addon[],
  live = true,
): Promise<{ session: Session; shutdown: Shutdown }> {
  const setting = (option: OptionName, text: string) =>
    ({ option, text, source: 'command line', place: 'test', bySet: true }) as const;
  const { values: options } = resolveOptions([
    setting('flow_detail', '0'),
    ...outputs.map((path) => setting('save_stream_file', path)),
  ]);
  const shutdown = new Shutdown();
  const filters = { save: undefined, read: undefined, dump: undefined, hints: [] };
  const session = await openSession({ options, filters, shutdown, inputs: [], addons: { access }, live });
  await session.openOutputs();
  return { session, shutdown };
}

t.test('outputs are closed after the last addon is done, and a journal goes after its capture', async (t) => {
  const seen: string[] = [];
  const journal = at('order.bin.live');
  const note = (what: string): void => void seen.push(`${what}, ${existsSync(journal) ? 'journal' : 'no journal'}`);
  const slow: Addon = {
    done: async () => {
      for (let turn = 0; turn < 10; turn++) await later();
      note('done');
    },
  };
  const { session, shutdown } = await open([at('order.bin'), at('order.har')], [slow]);
  for (const { writer, file } of session.outputs) {
    const close = writer.close.bind(writer);
    writer.close = async () => {
      note(`${file!.format} closes`);
      await close();
      note('closed');
    };
  }
  const flow = tcpFlow();
  await session.hooks.emit('running', undefined);
  await session.hooks.emit('tcpStart', flow);
  await until(() => existsSync(journal), 'a journal');
  await session.hooks.emit('flowEnd', plainHttpFlow('/1'));
  await session.hooks.emit('flowEnd', flow);
  await session.close();
  t.same(seen, [
    'done, journal',
    'native closes, journal',
    'har closes, journal',
    'closed, journal',
    'closed, journal',
  ]);
  t.equal(existsSync(journal), false);
  t.equal(JSON.parse(readFileSync(at('order.har'), 'utf8')).log.entries.length, 1, 'both are complete');
  t.equal(shutdown.code, ExitCode.done);
});

t.test('an output that cannot be completed', async (t) => {
  const { session, shutdown } = await open([at('broken.bin'), at('whole.har')], []);
  session.outputs[0]!.writer.close = () => Promise.reject(new Error('no'));
  await session.hooks.emit('flowEnd', plainHttpFlow('/1'));
  await session.close();
  t.equal(shutdown.code, ExitCode.output);
  t.equal(JSON.parse(readFileSync(at('whole.har'), 'utf8')).log.entries.length, 1, 'does not keep others from it');
});

t.test('the exit code depends on what was saved, not on how an addon is called', async (t) => {
  const fail = (): never => {
    throw new Error('on purpose');
  };
  const cases: [what: string, addon: Addon, saves: boolean, code: ExitCode][] = [
    ['another addon of that name', { name: 'save', flowEnd: fail, done: fail }, true, ExitCode.done],
    ['another addon without a name', { flowEnd: fail }, true, ExitCode.done],
    ['a flow that cannot be saved', { name: 'other' }, false, ExitCode.output],
  ];
  for (const [what, addon, saves, code] of cases) {
    const { session, shutdown } = await open([at('named.bin')], [addon]);
    if (!saves) session.outputs[0]!.writer.write = fail;
    await session.hooks.emit('flowEnd', plainHttpFlow('/1'));
    await session.close();
    t.equal(shutdown.code, code, what);
    t.equal(await readPaths(at('named.bin')), saves ? '/1' : '', what);
  }
});

t.test('a second signal while a flow is read: it ends, and no hook is called after done', async (t) => {
  await writeFlows(at('input'), 3);
  const seen: string[] = [];
  let release = (): void => {};
  const names = ['requestHeaders', 'responseHeaders', 'response', 'flowEnd', 'done'] as const;
  const addon: Addon = {
    ...Object.fromEntries(names.map((name) => [name, () => void seen.push(name)])),
    request: () => {
      seen.push('request');
      return new Promise((resolve) => {
        release = resolve;
      });
    },
  };
  const { session, shutdown } = await open([at('forced.bin')], [addon], false);
  const reading = readInputs(session, { paths: [at('input')], problems: [] }, undefined);
  await until(() => seen.includes('request'), 'the hook');
  shutdown.request();
  shutdown.force();
  await reading;
  await session.close();
  release();
  for (let turn = 0; turn < 10; turn++) await later();
  t.same(seen, ['requestHeaders', 'request', 'responseHeaders', 'response', 'flowEnd', 'done']);
  t.equal(await readPaths(at('forced.bin')), '/1');
  t.equal(shutdown.code, ExitCode.done);
});

t.test('after a second signal, the time that an addon takes for done is not taken from the outputs', async (t) => {
  const seen: string[] = [];
  const endless: Addon = { done: () => new Promise(() => {}) };
  const { session, shutdown } = await open([at('endless.bin')], [endless]);
  const [output] = session.outputs;
  const { writer } = output!;
  const close = writer.close.bind(writer);
  writer.close = () => {
    seen.push('close');
    return close();
  };
  output!.abandon = () => void seen.push('abandon');
  await session.hooks.emit('flowEnd', plainHttpFlow('/1'));
  shutdown.request();
  shutdown.force();
  await later();
  await session.close();
  await until(() => seen.includes('abandon'), 'the end of the patience');
  t.same(seen, ['close', 'abandon']);
  t.equal(shutdown.code, ExitCode.done);
  t.equal(await readPaths(at('endless.bin')), '/1');
});
