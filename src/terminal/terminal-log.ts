import { type ClientConnection, formatAddress } from '../flow/connection.js';
import { LOG_LEVELS, type Log, type LogLevel } from '../flow/log.js';
import type { LineSink } from './line-sink.js';
import { escapedText } from './safe-text.js';
import { withSourceLines } from './source-lines.js';
import { plainStyles, type Style, type Styles } from './styles.js';

export interface TerminalLogOptions {
  out: LineSink;
  /** The least severe level that is shown. */
  verbosity: LogLevel;
  styles?: Styles;
  /** Whether lines begin with the time (default) or with the name of the program. */
  timestamps?: boolean;
  /** The clock, for tests. */
  now?: () => Date;
}

/**
 * Prints log lines: `[HH:MM:SS.mmm][CLIENT] message` in local time, or `tsdump: message`. Further lines of a message are
 * indented.
 */
export class TerminalLog implements Log {
  /** Errors and warnings so far, including hidden ones. */
  readonly counts = { error: 0, warn: 0 };
  private readonly out: LineSink;
  private readonly styles: Styles;
  private readonly now: () => Date;
  private readonly threshold: number;
  private readonly timestamps: boolean;

  constructor(options: TerminalLogOptions) {
    this.out = options.out;
    this.styles = options.styles ?? plainStyles;
    this.now = options.now ?? (() => new Date());
    this.timestamps = options.timestamps ?? true;
    this.threshold = LOG_LEVELS.indexOf(options.verbosity);
  }

  error(message: string, client?: ClientConnection): void {
    this.counts.error++;
    this.print('error', withSourceLines(message), client, this.styles.error);
  }

  warn(message: string, client?: ClientConnection): void {
    this.counts.warn++;
    this.print('warn', message, client, this.styles.warning);
  }

  alert(message: string, client?: ClientConnection): void {
    this.print('alert', message, client, this.styles.alert);
  }

  info(message: string, client?: ClientConnection): void {
    this.print('info', message, client);
  }

  debug(message: string, client?: ClientConnection): void {
    this.print('debug', message, client);
  }

  private print(level: LogLevel, message: string, client: ClientConnection | undefined, style?: Style): void {
    if (LOG_LEVELS.indexOf(level) > this.threshold) return;
    const [first, ...others] = message.trimEnd().split(/\r?\n/).map(escapedText);
    const styled = style ?? ((text: string) => text);
    const from = client ? this.styles.faint(`[${formatAddress(client.peer)}]`) : '';
    const prefix = this.timestamps ? this.styles.faint(`[${timeOfDay(this.now())}]`) : 'tsdump:';
    let text = `${prefix}${from} ${styled(first!)}\n`;
    for (const line of others) text += `    ${styled(line)}\n`;
    this.out.write(text);
  }
}

function timeOfDay(date: Date): string {
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${hours}:${minutes}:${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
