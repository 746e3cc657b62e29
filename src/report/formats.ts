import type { Report } from '../flow/report.js';

/** Prints a report in parts, so that a long one is never in memory as a whole. */
export type ReportPrinter = (report: Report) => Iterable<string>;

/** The formats of reports. Their modules are loaded only when they are needed. */
export const REPORT_FORMATS = {
  json: async () => (await import('./json-report.js')).printJson,
  junit: async () => (await import('./junit-report.js')).printJUnit,
  md: async () => (await import('./markdown-report.js')).printMarkdown,
} as const satisfies Readonly<Record<string, () => Promise<ReportPrinter>>>;

export type ReportFormat = keyof typeof REPORT_FORMATS;
