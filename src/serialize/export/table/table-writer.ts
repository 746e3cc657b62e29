import type { Flow } from '../../../flow/flow.js';
import type { WriterOptions } from '../../format.js';
import { EncodedWriter, type FlowEncoder } from '../../output/encoded-writer.js';
import type { Piece } from '../../output/pieces.js';
import type { Sink } from '../../output/sinks.js';
import type { FlowWriter } from '../../output/writer.js';
import type { Cell, Column } from './column.js';
import { DEFAULT_COLUMNS, parseColumns } from './columns.js';

type Dialect = keyof typeof DIALECTS;

/** Writes one row for each flow, below a row of titles. */
export function createTableWriter(sink: Sink, options: WriterOptions, dialect: Dialect): FlowWriter {
  const columns = options.columns ?? parseColumns(DEFAULT_COLUMNS);
  return new EncodedWriter(sink, new TableEncoder(columns, DIALECTS[dialect]), options);
}

interface DialectRules {
  separator: string;
  end: string;
  cell(text: string): string;
}

const DIALECTS = {
  /** RFC 4180, with line feeds. */
  csv: { separator: ',', end: '\n', cell: csvCell },
  /** https://www.iana.org/assignments/media-types/text/tab-separated-values, with escapes as in jq's `@tsv`. */
  tsv: { separator: '\t', end: '\n', cell: tsvCell },
} as const satisfies Record<string, DialectRules>;

class TableEncoder implements FlowEncoder {
  readonly opening: Buffer;

  constructor(
    private readonly columns: readonly Column[],
    private readonly dialect: DialectRules,
  ) {
    this.opening = this.row(columns.map(({ name }) => name));
  }

  encode(flow: Flow): Piece[] {
    const cells = this.columns.map((column) => column.value(flow));
    if (!cells.some((cell) => cell instanceof Promise)) return [this.row(cells as Cell[])];
    const settled = Promise.allSettled(cells);
    return [() => this.later(settled)];
  }

  /** A row whose values have to be read. A value that cannot be read leaves its cell empty. */
  private async *later(settled: Promise<PromiseSettledResult<Cell>[]>): AsyncGenerator<Buffer> {
    const results = await settled;
    yield this.row(results.map((result) => (result.status === 'fulfilled' ? result.value : undefined)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private row(cells: readonly Cell[]): Buffer {
    const { separator, end, cell } = this.dialect;
    return Buffer.from(cells.map((value) => (value === undefined ? '' : cell(String(value)))).join(separator) + end);
  }
}

function csvCell(text: string): string {
  const safe = text.replace(CONTROLS, escaped);
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function tsvCell(text: string): string {
  return text.replace(/[\\\t\n\r]/g, (character) => TSV_ESCAPES[character]!).replace(CONTROLS, escaped);
}

const TSV_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** Control characters, which RFC 4180 does not allow in a cell and which would affect a terminal. */
const CONTROLS = /(?![\t\r\n])\p{Cc}/gu;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
