import type { Flow, HttpFlow } from '../../flow/flow.js';
import { plural } from '../../flow/text/plural.js';
import type { WriterOptions } from '../format.js';
import { EncodedWriter, type FlowEncoder } from '../output/encoded-writer.js';
import type { Piece } from '../output/pieces.js';
import type { Sink } from '../output/sinks.js';
import type { FlowWriter } from '../output/writer.js';
import { curlCommand } from './curl.js';
import { httpieCommand } from './httpie.js';
import { isShowable, printfCommand, printfText, quotedArgument, type ShellCommand } from './shell-text.js';

const PROGRAMS = { curl: curlCommand, httpie: httpieCommand } as const;

/** Maximum size of a body in an argument, in bytes (the limit of Linux is 128 KiB). */
const LONGEST_ARGUMENT = 64 * 1024;

/** Writes a shell command for each HTTP flow that sends its request again. */
export function createCommandWriter(sink: Sink, options: WriterOptions, program: keyof typeof PROGRAMS): FlowWriter {
  return new EncodedWriter(sink, new CommandEncoder(program, options.preserveOriginalIp === true), options);
}

class CommandEncoder implements FlowEncoder {
  constructor(
    private readonly program: keyof typeof PROGRAMS,
    private readonly keepAddress: boolean,
  ) {}

  encode(flow: Flow): Piece[] | undefined {
    if (flow.type !== 'http' || flow.request.method === 'CONNECT') return undefined;
    const { body } = flow.request;
    const command = PROGRAMS[this.program](flow, this.keepAddress);
    if (!command) return undefined;
    const remark = Buffer.from(remarkOn(flow));
    if (body.size === 0 || !body.kept) return [remark, withoutBody(command)];
    const buffer = body.stored?.buffer;
    if (buffer && buffer.length <= LONGEST_ARGUMENT) return [remark, withBody(command, buffer)];
    return [remark, () => readBody(command, flow)];
  }
}

/** Comment lines on a body that the command cannot send unchanged. */
function remarkOn({ request: { body } }: HttpFlow): string {
  if (!body.kept) return `# The body of the next request (${plural(body.size, 'byte')}) was not recorded.\n`;
  return body.complete || body.size === 0 ? '' : '# The body of the next request is incomplete.\n';
}

function withoutBody({ words, last }: ShellCommand): Buffer {
  return line([...words, ...last]);
}

function withBody(command: ShellCommand, bytes: Buffer): Buffer {
  if (!isShowable(bytes)) return line([printfCommand(printfText(bytes)), ...fromStdin(command)]);
  const { words, textWords, last } = command;
  return line([...words, ...textWords(quotedArgument(bytes.toString('utf8'))), ...last]);
}

async function* readBody(command: ShellCommand, { request: { body } }: HttpFlow): AsyncGenerator<Buffer> {
  if (body.size <= LONGEST_ARGUMENT) {
    yield withBody(command, await body.rawBytes());
    return;
  }
  // `printf` is built into shells, so its arguments have no limit.
  yield Buffer.from("printf -- '");
  for await (const chunk of body.rawChunks()) yield Buffer.from(printfText(chunk));
  yield line(["'", ...fromStdin(command)]);
}

function fromStdin({ words, stdinWords, last }: ShellCommand): string[] {
  return ['|', ...words, ...stdinWords, ...last];
}

function line(words: readonly string[]): Buffer {
  return Buffer.from(`${words.join(' ')}\n`);
}
