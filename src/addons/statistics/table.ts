import { plural } from '../../flow/text/plural.js';
import { formatSize } from '../../terminal/size.js';
import type { Style, Styles } from '../../terminal/styles.js';
import { fitWidth } from '../../terminal/width.js';
import { type AlignedCell, alignColumns, type TableColumn } from './align-columns.js';
import {
  type Estimate,
  type Latency,
  type RequestFacts,
  STATUS_CLASSES,
  type StatisticsReport,
  type StatusClass,
  type TimeSpan,
} from './report.js';
import type { Count, Counts } from './tally.js';

/** Maximum number of names in a section; the JSON has all. */
const LISTED = 10;
/** Maximum width of a name, in columns. */
const LONGEST_NAME = 60;

const COUNT_COLUMNS: readonly TableColumn[] = [
  { title: 'flows', right: true },
  { title: 'errors', right: true },
];
const BYTES: TableColumn = { title: 'bytes', right: true };
const PERCENTILES = ['p50', 'p90', 'p95', 'p99', 'max'] as const;

/** Prints statistics as tables. */
export class StatisticsTable {
  constructor(
    private readonly styles: Styles,
    private readonly columns: number | undefined,
  ) {}

  print(report: StatisticsReport): string {
    const sections = [this.overview(report)];
    if (report.flows > 0) {
      sections.push(this.counts('host', report.hosts));
      if (report.types.http > 0) sections.push(...this.http(report));
      sections.push(this.tls(report));
    }
    return sections.filter((section) => section !== '').join('\n');
  }

  private overview({ flows, errors, types, webSockets, time, connections, bytes, messages }: StatisticsReport): string {
    const { strong, bad } = this.styles;
    const kinds = Object.entries(types).filter(([, count]) => count > 0);
    const list = kinds.map(([name, count]) => `${name} ${count}`).join(', ');
    const sockets = webSockets > 0 ? `, of these WebSocket ${webSockets}` : '';
    const lines: [name: string, value: string][] = [
      ['flows', kinds.length > 0 ? `${strong(String(flows))} (${list}${sockets})` : strong('0')],
      ['errors', errors > 0 ? bad(String(errors)) : '0'],
      ['time', spanOf(time)],
      ['connections', `${estimated(connections.clients)} from clients, ${estimated(connections.servers)} to servers`],
      [
        'bytes',
        `requests ${formatSize(bytes.requestBodies)}, responses ${formatSize(bytes.responseBodies)}, ` +
          `${plural(messages, 'message')} ${formatSize(bytes.messages)}; stored ${bytes.stored === null ? 'unknown' : formatSize(bytes.stored)}`,
      ],
    ];
    return lines.map(([name, value]) => `${this.styles.name(name.padEnd(13))}${value}\n`).join('');
  }

  private http({ http }: StatisticsReport): string[] {
    return [
      this.counts('method', http.methods),
      this.statusClasses(http.statusClasses),
      this.counts('status', http.statuses, statusStyle(this.styles)),
      this.counts('version', http.versions),
      this.counts('content type', http.contentTypes),
      ...this.calls(http.grpcStatuses),
      this.latency(http.latency),
      this.requests('slowest', http.slowest),
      this.requests('largest', http.largest),
    ];
  }

  private counts(title: string, { names, others }: Counts, styleOf?: (name: string) => Style): string {
    const { bad } = this.styles;
    const cells = ({ count, errors, bytes, missed }: Omit<Count, 'name'>): AlignedCell[] => [
      { text: missed > 0 ? `≥ ${count}` : String(count) },
      { text: String(errors), style: errors > 0 ? bad : undefined },
      { text: formatSize(bytes) },
    ];
    const rows = names
      .slice(0, LISTED)
      .map((entry) => [{ text: fitWidth(entry.name, LONGEST_NAME), style: styleOf?.(entry.name) }, ...cells(entry)]);
    const rest = names.slice(LISTED);
    if (rest.length > 0) rows.push([{ text: `(${rest.length} more)` }, ...cells({ ...sumOf(rest), missed: 0 })]);
    if (others.count > 0) rows.push([{ text: '(others)' }, ...cells({ ...others, missed: 0 })]);
    return this.table([{ title }, ...COUNT_COLUMNS, BYTES], rows);
  }

  /** Empty without gRPC calls. */
  private calls(statuses: Counts): string[] {
    const { good, bad } = this.styles;
    return statuses.names.length === 0
      ? []
      : [this.counts('gRPC status', statuses, (name) => (name === 'OK' ? good : bad))];
  }

  private statusClasses(classes: Record<StatusClass, number>): string {
    const style = statusStyle(this.styles);
    const rows = STATUS_CLASSES.filter((name) => classes[name] > 0).map((name): AlignedCell[] => [
      { text: name === 'none' ? 'no response' : name, style: style(name) },
      { text: String(classes[name]) },
    ]);
    return this.table([{ title: 'class' }, { title: 'flows', right: true }], rows);
  }

  private latency({ firstByte, total }: { firstByte: Latency; total: Latency }): string {
    if (firstByte.count === 0 && total.count === 0) return '';
    const row = (name: string, latency: Latency): AlignedCell[] => [
      { text: name },
      { text: String(latency.count) },
      ...PERCENTILES.map((key): AlignedCell => {
        const about = key !== 'max' && latency.relativeError > 0 ? '~' : '';
        return { text: latency.count > 0 ? about + formatDuration(latency[key]) : '-' };
      }),
    ];
    const columns = [{ title: 'latency' }, ...['flows', ...PERCENTILES].map((title) => ({ title, right: true }))];
    return this.table(columns, [row('to first byte', firstByte), row('total', total)]);
  }

  private requests(title: string, requests: readonly RequestFacts[]): string {
    if (requests.length === 0) return '';
    const style = statusStyle(this.styles);
    const rows = requests.map(({ method, url, status, error, seconds, bytes }): AlignedCell[] => [
      { text: seconds === null ? '-' : formatDuration(seconds) },
      { text: String(status ?? '-'), style: style(String(status ?? 'none')) },
      { text: formatSize(bytes) },
      { text: `${method} ${url}${error === null ? '' : ` (${error})`}` },
    ]);
    const columns = [{ title: 'time', right: true }, { title: 'status' }, BYTES, { title: 'request' }];
    return `${this.styles.section(`${title} requests`)}\n${this.table(columns, rows)}`;
  }

  /** Empty if no connection used TLS. */
  private tls({ tls }: StatisticsReport): string {
    const isTls = ({ names }: Counts): boolean => names.some(({ name }) => name !== 'none');
    if (!isTls(tls.clients) && !isTls(tls.servers)) return '';
    return `${this.counts('client TLS', tls.clients)}\n${this.counts('server TLS', tls.servers)}`;
  }

  private table(columns: readonly TableColumn[], rows: readonly (readonly AlignedCell[])[]): string {
    return alignColumns(columns, rows, this.styles.name, this.columns);
  }
}

/** Chooses the style of a status code or status class. */
function statusStyle({ good, notable, bad, strong }: Styles): (status: string) => Style {
  return (status) => {
    if (status.startsWith('2')) return good;
    if (status.startsWith('3')) return notable;
    return /^[45n]/.test(status) ? bad : strong;
  };
}

function sumOf(counts: readonly Count[]): Omit<Count, 'name' | 'missed'> {
  const sum = { count: 0, bytes: 0, errors: 0 };
  for (const { count, bytes, errors } of counts) {
    sum.count += count;
    sum.bytes += bytes;
    sum.errors += errors;
  }
  return sum;
}

function spanOf({ first, last, seconds }: TimeSpan): string {
  if (first === null || last === null) return 'unknown';
  return `${isoTime(first)} to ${isoTime(last)} (${formatDuration(seconds)})`;
}

/** A capture may hold a time that is out of the range of `Date`. */
function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString();
}

function estimated({ count, exact }: Estimate): string {
  return exact ? String(count) : `~${count}`;
}

/** Formats seconds with three digits: `870 µs`, `1.25 ms`, `12.3 s`, `2 min 5 s`, `3 h 0 min`, `2 d 4 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 0.0009995) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 0.9995) return `${threeDigits(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${threeDigits(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}
