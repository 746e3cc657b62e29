import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Save } from '../../../src/addons/save.js';
import { FlowDelivery } from '../../../src/cli/workers/parent/flow-delivery.js';
import { FlowReceiver } from '../../../src/cli/workers/parent/flow-receiver.js';
import { RecentFlows } from '../../../src/cli/workers/parent/recovery.js';
import { forwardAddons } from '../../../src/cli/workers/worker/forward-addons.js';
import { LabelledWriter } from '../../../src/cli/workers/worker/labelled-writer.js';
import { RecordSink } from '../../../src/cli/workers/worker/record-sink.js';
import { compileFilter } from '../../../src/filters/index.js';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import type { ServerConnection } from '../../../src/flow/connection.js';
import { HttpFlow } from '../../../src/flow/flow.js';
import type { Addon } from '../../../src/flow/hooks/hooks.js';
import type { OutputFormatName } from '../../../src/serialize/formats.js';
import { RotatingWriter, type RotationRules } from '../../../src/serialize/output/rotation/rotating-writer.js';
import { readCapture } from '../../e2e/support/recording.js';
import { newClient, newServer, newTls, plainHttpFlow } from '../../serialize/sample-flows.js';
import { folder } from '../../support/folder.js';

/** The parent's side of one or more workers, with outputs. */
class Parent {
  readonly dir: string;
  readonly recent = new RecentFlows();
  /** Flows that were decoded for the outputs, by their paths. */
  readonly decoded: string[] = [];
  readonly writers: RotatingWriter[] = [];
  readonly observers: Addon[] = [];
  private delivery: FlowDelivery | undefined;
  private readonly workers: { worker: Worker; receiver: FlowReceiver }[] = [];

  constructor(private readonly t: Test) {
    this.dir = folder(t);
  }

  /** Adds an output. */
  async output(name: string, rules: RotationRules = {}, filter?: string, format: OutputFormatName = 'native') {
    const writer = new RotatingWriter(join(this.dir, name), {
      append: false,
      format,
      fsync: false,
      rules,
      onError: (error) => this.t.fail(error.message),
      onWarning: (message) => this.t.fail(message),
    });
    await writer.open();
    this.writers.push(writer);
    const save = new Save(writer, filter === undefined ? undefined : compileFilter(filter));
    const { flowEnd } = save;
    save.flowEnd = (flow) => {
      this.decoded.push((flow as HttpFlow).request.path);
      return flowEnd.call(save, flow);
    };
    this.observers.push(save);
  }

  async worker(): Promise<Worker> {
    this.delivery ??= new FlowDelivery(this.observers, (error) => {
      throw error;
    });
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
    const [end] = (await once(server, 'connection')) as [Socket];
    server.close();
    const { delivery, recent, t } = this;
    const flushed = (): Promise<unknown> => Promise.all(this.writers.map((writer) => writer.flushed()));
    const receiver = new FlowReceiver(end, {
      policy: new SpoolPolicy(),
      delivery,
      recent,
      flushed,
      onDamage: (message) => t.fail(message),
    });
    const worker = new Worker(socket, delivery);
    this.workers.push({ worker, receiver });
    return worker;
  }

  /** Ends everything. @returns the flows of each file, oldest first */
  async files(): Promise<HttpFlow[][]> {
    for (const { worker, receiver } of this.workers) {
      await worker.writer.close();
      await receiver.ended;
    }
    for (const writer of this.writers) await writer.close();
    const names = readdirSync(this.dir).sort();
    const files = await Promise.all(names.map((name) => readCapture(join(this.dir, name))));
    return files.map((flows) => flows.map(({ flow }) => flow as HttpFlow));
  }
}

/** A worker's side. */
class Worker {
  readonly writer: LabelledWriter;
  private readonly addons: readonly Addon[];

  constructor(socket: Socket, { groups }: FlowDelivery) {
    const sink = new RecordSink(socket, () => Promise.reject(new Error('the parent is gone')));
    const onError = (error: Error): never => {
      throw error;
    };
    this.writer = new LabelledWriter(sink, { onError, id: Buffer.from('a writer'), workers: 2 });
    const compiled = groups.map(({ filter, bodies }) => ({
      filter: filter === undefined ? undefined : compileFilter(filter),
      bodies,
    }));
    this.addons = forwardAddons(compiled, this.writer);
  }

  /** Ends flows, which are acknowledged when it resolves. */
  async end(...flows: HttpFlow[]): Promise<void> {
    for (const flow of flows) {
      for (const { filter, flowEnd } of this.addons) {
        if (filter?.evaluate(flow, 'end') !== 'no') await flowEnd!(flow);
      }
    }
    await this.writer.flushed();
  }
}

/** A flow of now: old ones are taken for those in the journal. */
function flow(path: string, server: ServerConnection = newServer()): HttpFlow {
  const { request, response } = plainHttpFlow(path);
  const made = new HttpFlow(newClient(), server, request, Date.now() / 1000);
  made.response = response;
  return made;
}

function tlsServer(name: string): ServerConnection {
  const server = newServer();
  server.tls = newTls(name);
  return server;
}

const paths = (flows: readonly HttpFlow[]): string => flows.map(({ request }) => request.path).join(' ');

t.test('records go into a file as they are', async (t) => {
  const parent = new Parent(t);
  await parent.output('a.bin');
  const one = await parent.worker();
  const other = await parent.worker();
  await one.end(flow('/1'), flow('/2'));
  await other.end(flow('/3'));
  await one.end(flow('/4'));
  const [flows] = await parent.files();
  t.equal(paths(flows!), '/1 /2 /3 /4');
  t.same(parent.decoded, []);
});

t.test('files have a number of flows each', async (t) => {
  const parent = new Parent(t);
  await parent.output('a.bin', { flows: 3 });
  const worker = await parent.worker();
  // They arrive together, so that more than one file is begun with one piece of them.
  await worker.end(...Array.from({ length: 8 }, (_, at) => flow(`/${at + 1}`)));
  await worker.end(flow('/9'), flow('/10'));
  const files = await parent.files();
  t.same(files.map(paths).sort(), ['/1 /2 /3', '/10', '/4 /5 /6', '/7 /8 /9']);
});

t.test('files have a size', async (t) => {
  const parent = new Parent(t);
  await parent.output('a.bin', { size: 2000 });
  const worker = await parent.worker();
  await worker.end(...Array.from({ length: 20 }, (_, at) => flow(`/${at + 1}`)));
  const files = await parent.files();
  const expected = new Parent(t);
  await expected.output('a.bin', { size: 2000 });
  for (let at = 0; at < 20; at++) await expected.writers[0]!.write(flow(`/${at + 1}`));
  t.same(files.map(paths).sort(), (await expected.files()).map(paths).sort());
});

t.test('each file has the certificates of its flows', async (t) => {
  const parent = new Parent(t);
  await parent.output('a.bin', { flows: 4 });
  const one = await parent.worker();
  const other = await parent.worker();
  const servers = ['a', 'b', 'c'].map(tlsServer);
  const same = tlsServer('a');
  let number = 0;
  for (let round = 0; round < 5; round++) {
    await one.end(...servers.map((server) => flow(`/${++number}`, server)));
    await other.end(flow(`/${++number}`, same), flow(`/${++number}`));
  }
  const files = await parent.files();
  t.equal(files.length, 7);
  const seen = new Set<string>();
  for (const { request, server } of files.flat()) {
    seen.add(request.path);
    const isPlain = Number(request.path.slice(1)) % 5 === 0;
    t.equal(server.tls?.certificates.length, isPlain ? undefined : 2, request.path);
  }
  t.equal(seen.size, number);
});

t.test('a record that refers to certificates is copied if the file has them', async (t) => {
  const parent = new Parent(t);
  await parent.output('a.bin', { flows: 4 });
  const worker = await parent.worker();
  const server = tlsServer('a');
  for (let at = 1; at <= 6; at++) await worker.end(flow(`/${at}`, server));
  t.same(parent.decoded, ['/1', '/5', '/6'], 'not those of an earlier file');
  worker.writer.forgetChains();
  for (let at = 7; at <= 8; at++) await worker.end(flow(`/${at}`, server));
  t.same(parent.decoded, ['/1', '/5', '/6', '/7']);
  const files = await parent.files();
  for (const { request, server } of files.flat()) t.equal(server.tls?.certificates.length, 2, request.path);
});

t.test('each output has its flows', async (t) => {
  const parent = new Parent(t);
  await parent.output('a.bin', {}, '~u [ab]$');
  await parent.output('b.bin', { flows: 2 }, '~u [bc]$');
  await parent.output('c.jsonl', {}, '~u c$', 'jsonl');
  const worker = await parent.worker();
  const server = tlsServer('a');
  for (let at = 1; at <= 2; at++)
    await worker.end(...['a', 'b', 'c', 'd'].map((kind) => flow(`/${at}${kind}`, server)));
  const files = await parent.files();
  t.same(files.map(paths).sort(), ['/1a /1b /2a /2b', '/1b /1c', '/1c /2c', '/2b /2c']);
  for (const { request, server } of files.flat()) t.equal(server.tls?.certificates.length, 2, request.path);
  t.equal(parent.decoded.filter((path) => path.endsWith('d')).length, 0);
});

t.test('flows that may be in a journal are noted', async (t) => {
  const parent = new Parent(t);
  await parent.output('a.bin');
  const worker = await parent.worker();
  const old = plainHttpFlow('/1');
  const unusual = plainHttpFlow('/2');
  unusual.id = 'ä'.repeat(200);
  const short = plainHttpFlow('/3');
  short.id = 'chosen';
  await worker.end(old, flow('/4'), unusual, short);
  t.same([...parent.recent.ids()], [old.id, unusual.id, 'chosen']);
  const [flows] = await parent.files();
  t.equal(paths(flows!), '/1 /4 /2 /3');
});
