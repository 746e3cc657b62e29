import type { AppendPosition, OutputFormat } from '../format.js';
import type { FileInput } from '../input/input-file.js';

/** Formats that are only written: commands that send a request again, messages as bytes, and tables. */
export const EXPORT_FORMATS = {
  curl: {
    title: 'a list of curl commands',
    text: true,
    endings: [],
    createWriter: async (sink, options) => (await import('./commands.js')).createCommandWriter(sink, options, 'curl'),
    findEnd: endOfLine,
  },
  httpie: {
    title: 'a list of HTTPie commands',
    text: true,
    endings: [],
    createWriter: async (sink, options) => (await import('./commands.js')).createCommandWriter(sink, options, 'httpie'),
    findEnd: endOfLine,
  },
  raw: {
    title: 'raw requests and responses',
    endings: [],
    createWriter: async (sink, options) => (await import('./raw.js')).createRawWriter(sink, options, 'both'),
    findEnd: endOfFile,
  },
  raw_request: {
    title: 'raw requests',
    endings: [],
    createWriter: async (sink, options) => (await import('./raw.js')).createRawWriter(sink, options, 'request'),
    findEnd: endOfFile,
  },
  raw_response: {
    title: 'raw responses',
    endings: [],
    createWriter: async (sink, options) => (await import('./raw.js')).createRawWriter(sink, options, 'response'),
    findEnd: endOfFile,
  },
  csv: {
    title: 'a table in CSV',
    text: true,
    endings: ['.csv'],
    createWriter: async (sink, options) =>
      (await import('./table/table-writer.js')).createTableWriter(sink, options, 'csv'),
    findEnd: endOfLine,
  },
  tsv: {
    title: 'a table in TSV',
    text: true,
    endings: ['.tsv'],
    createWriter: async (sink, options) =>
      (await import('./table/table-writer.js')).createTableWriter(sink, options, 'tsv'),
    findEnd: endOfLine,
  },
} as const satisfies Record<string, OutputFormat>;

async function endOfFile({ size }: FileInput): Promise<AppendPosition> {
  return { offset: size };
}

/** An incomplete last line is ended, so that the next one is not part of it. */
async function endOfLine(file: FileInput): Promise<AppendPosition> {
  const last = await file.readRange(file.size - 1, 1);
  return last[0] === 0x0a ? { offset: file.size } : { offset: file.size, separator: Buffer.from('\n') };
}
