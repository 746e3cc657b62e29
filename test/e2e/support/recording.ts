import { join } from 'node:path';
import type { Test } from 'tap';
import { SpoolPolicy } from '../../../src/flow/body/spool-policy.js';
import { type Flow, type HttpFlow, releaseFlow, type TcpFlow } from '../../../src/flow/flow.js';
import { readFlows } from '../../../src/serialize/input/reader.js';
import { type Ended, HOME, run, Tsdump } from '../../cli/tsdump.js';
import { folder } from '../../support/folder.js';
import { PATIENCE } from '../../support/patience.js';

export interface RecordingOptions {
  /** Flags beside `-p 0 -w FILE`. */
  args?: readonly string[];
  /** Value of `-w`; by default a file in a separate folder. */
  output?: string;
  env?: NodeJS.ProcessEnv;
  /** Folder of the certificate authority; by default shared by all tests of a file. */
  confdir?: string;
  node?: string;
  /** Its launcher; by default the one of this repository. */
  program?: string;
  /** Shell script that runs it as `"$@"`. */
  shell?: string;
}

/** The built program on a free port, recording into a separate file. */
export class Recording {
  readonly capture: string;
  /** The CA certificate that clients must trust. */
  readonly ca: string;
  readonly program: Tsdump;
  port = 0;

  private constructor(
    t: Test,
    { args = [], output, env, confdir = join(HOME, '.tsdump'), node, program, shell }: RecordingOptions,
  ) {
    const spec = output ?? join(folder(t), 'capture.flows');
    this.capture = spec.replace(/^\+/, '');
    this.ca = join(confdir, 'tsdump-ca-cert.pem');
    const all = ['-p', '0', '-w', spec, '--set', `confdir=${confdir}`, ...args];
    this.program = new Tsdump(t, all, { env, node, program, shell });
  }

  /** Resolves when it listens. It is ended at the end of the test at the latest. */
  static async start(t: Test, options: RecordingOptions = {}): Promise<Recording> {
    const recording = new Recording(t, options);
    recording.port = await recording.program.port();
    return recording;
  }

  /** Its URL for clients. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends it by the signal of ^C, and checks that it shuts down gracefully. */
  async stop(t: Test, signal: NodeJS.Signals = 'SIGINT'): Promise<Ended> {
    this.program.child.kill(signal);
    const ended = await inTime(this.program.ended);
    t.equal(ended.code, 0, 'tsdump ends with 0', { stderr: ended.stderr });
    t.notMatch(ended.stderr, /[Ii]nternal error|Addon .* failed/, 'without internal errors');
    return ended;
  }

  /** The output of `tsdump -nr` for the capture. */
  async read(t: Test, detail: number, ...filter: string[]): Promise<string> {
    const ended = await run(t, ['-nr', this.capture, '--flow-detail', String(detail), ...filter]);
    t.equal(ended.code, 0, 'the capture is read', { stderr: ended.stderr });
    t.equal(ended.stderr, '', 'without a complaint');
    return String(ended.stdout);
  }

  /** Ends it. @returns the HTTP flows of the capture */
  async http(t: Test): Promise<Flows<Recorded<HttpFlow>>> {
    return (await this.flows(t)).filter(({ flow }) => flow.type === 'http') as Flows<Recorded<HttpFlow>>;
  }

  /** Ends it. @returns the TCP flows of the capture */
  async tcp(t: Test): Promise<Flows<Recorded<TcpFlow>>> {
    return (await this.flows(t)).filter(({ flow }) => flow.type === 'tcp') as Flows<Recorded<TcpFlow>>;
  }

  private async flows(t: Test): Promise<Recorded<Flow>[]> {
    await this.stop(t);
    return readCapture(this.capture);
  }
}

/** Typed so that a test can take the first one apart; that fails by itself if there is none. */
type Flows<Item> = [Item, ...Item[]];

/** A flow of a capture with its content. */
export interface Recorded<Kind extends Flow> {
  flow: Kind;
  /** Bytes of the bodies before content-decoding; empty if there is none. */
  requestBody: Buffer;
  responseBody: Buffer;
  /** `> sent by the client`, `< sent by the server` */
  messages: string[];
}

/** All flows of a capture. @throws Error on damage */
export async function readCapture(path: string): Promise<Recorded<Flow>[]> {
  const all: Recorded<Flow>[] = [];
  const onDamage = ({ message }: { message: string }): void => {
    throw new Error(message);
  };
  await readFlows({ path }, { policy: new SpoolPolicy(), onDamage }, async (flow) => void all.push(await whole(flow)));
  return all;
}

async function whole(flow: Flow): Promise<Recorded<Flow>> {
  const recorded: Recorded<Flow> = { flow, requestBody: Buffer.alloc(0), responseBody: Buffer.alloc(0), messages: [] };
  if (flow.type === 'http') {
    recorded.requestBody = await flow.request.body.rawBytes();
    if (flow.response) recorded.responseBody = await flow.response.body.rawBytes();
  }
  if (flow.type === 'dns' || !flow.messages) return recorded;
  for await (const { fromClient, content } of flow.messages) {
    recorded.messages.push(`${fromClient ? '>' : '<'} ${content.toString('latin1')}`);
  }
  return recorded;
}

function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`tsdump did not end within ${PATIENCE / 1000} s`)), PATIENCE);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** The numbers in the paths (`/NUMBER`) of the HTTP flows of a capture, whatever else is in it. */
export async function numbersIn(path: string): Promise<number[]> {
  const numbers: number[] = [];
  await readFlows({ path }, { policy: new SpoolPolicy(), onDamage: () => {} }, (flow) => {
    if (flow.type === 'http') numbers.push(Number(flow.request.path.slice(1)));
    releaseFlow(flow);
  });
  return numbers;
}
