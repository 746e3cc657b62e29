import { join } from 'node:path';
import type { Test } from 'tap';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import type { Flow } from '../../../src/flow/flow.js';
import type { Log } from '../../../src/flow/log.js';
import { AnswerFiles } from '../../../src/replay/server/answers/answer-files.js';
import type { KeyOptions } from '../../../src/replay/server/key/key-options.js';
import { ServerReplay, type ServerReplayOptions } from '../../../src/replay/server/server-replay.js';
import { NativeWriter } from '../../../src/serialize/native/native-writer.js';
import { FileSink } from '../../../src/serialize/output/file-sink.js';
import { exchange } from '../../addons/rewrite/flows.js';
import { keepingLog } from '../../addons/rewrite/rewriting.js';

export { exchange };

export const policy = new SpoolPolicy();

export const KEYS: KeyOptions = {
  ignoreContent: false,
  ignoreHost: false,
  ignorePort: false,
  ignoreParams: new Set(),
  ignorePayloadParams: new Set(),
  useHeaders: [],
  bodyLimit: 1 << 20,
};

/** Writes flows to a native file. @returns its path */
export async function capture(t: Test, flows: Iterable<Flow>, name = 'capture.bin'): Promise<string> {
  const path = join(t.testdir({}), name);
  const onError = (error: Error): void => {
    throw error;
  };
  const writer = new NativeWriter(await FileSink.open(path), { onError });
  for (const flow of flows) await writer.write(flow);
  await writer.close();
  return path;
}

/** Indexes files until the end of the test. */
async function answersOf(t: Test, paths: readonly string[], keys: KeyOptions = KEYS): Promise<AnswerFiles> {
  const files = new AnswerFiles({
    keys,
    policy,
    strict: true,
    onDamage: ({ message }) => {
      throw new Error(message);
    },
    onAnswer: () => {},
  });
  for (const path of paths) await files.add({ path });
  t.teardown(() => files.close());
  return files;
}

export interface ReplaySettings extends Partial<Omit<ServerReplayOptions, 'keys' | 'log'>> {
  keys?: Partial<KeyOptions>;
  log?: Log;
  lines?: string[];
}

/** Answers from files until the end of the test. */
export async function replayOf(
  t: Test,
  paths: readonly string[],
  settings: ReplaySettings = {},
): Promise<ServerReplay> {
  const keys = { ...KEYS, ...settings.keys };
  const files = await answersOf(t, paths, keys);
  return new ServerReplay(files, {
    sequence: { reuse: false, after: 'miss' },
    response: { refresh: false, latency: 0, policy },
    extra: 'forward',
    offline: false,
    records: false,
    memory: 1 << 20,
    live: true,
    log: keepingLog(settings.lines),
    ...settings,
    keys,
  });
}
