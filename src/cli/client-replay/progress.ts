import type { PaceClock } from '../../replay/client/pace/clock.js';
import type { Session } from '../session/session.js';
import type { ReplayStatistics } from './statistics.js';
import { formatRate } from './summary.js';

export interface ProgressParts {
  readonly session: Session;
  readonly statistics: ReplayStatistics;
  readonly clock: PaceClock;
  readonly total: () => number | undefined;
  readonly differences: (() => number) | undefined;
}

/** Milliseconds between updates, on a terminal and in a log. */
const ON_TERMINAL = 250;
const IN_LOG = 10_000;

/** Shows the progress of a replay: in a status line on a terminal, otherwise in debug messages (`-v`). */
export function showProgress(parts: ProgressParts): { end(): void } {
  const { status, log } = parts.session;
  const line = new ProgressLine(parts);
  const update = status ? () => status.set(line.text()) : () => log.debug(line.text());
  const timer = setInterval(update, status ? ON_TERMINAL : IN_LOG).unref();
  return {
    end: () => {
      clearInterval(timer);
      status?.set('');
    },
  };
}

/** Formats the progress: `Sent 120 of 500, 48/s, 3 in flight, 2 failed, 0:08 left`. */
export class ProgressLine {
  private lastSent: number;
  private lastTime: number;

  constructor(private readonly parts: Omit<ProgressParts, 'session'>) {
    this.lastTime = parts.clock.now();
    this.lastSent = parts.statistics.sent;
  }

  text(): string {
    const { statistics, clock, total, differences } = this.parts;
    const { sent, failures, inFlight } = statistics;
    const now = clock.now();
    const rate = now > this.lastTime ? ((sent - this.lastSent) * 1000) / (now - this.lastTime) : 0;
    this.lastSent = sent;
    this.lastTime = now;
    const known = total();
    const parts = [
      known === undefined ? `Sent ${sent}` : `Sent ${sent} of ${known}`,
      formatRate(rate),
      `${inFlight} in flight`,
    ];
    if (failures > 0) parts.push(`${failures} failed`);
    const different = differences?.();
    if (different !== undefined) parts.push(`${different} different`);
    const done = sent + statistics.skippedCount + statistics.refusedCount;
    if (known !== undefined && rate > 0 && known > done) parts.push(`${clockTime((known - done) / rate)} left`);
    return parts.join(', ');
  }
}

/** Formats a duration: `1:02:03` or `2:03`. */
function clockTime(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
