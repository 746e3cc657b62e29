import { nearest } from '../../../filters/nearest.js';
import { REPORT_FORMATS, type ReportFormat } from '../../../report/formats.js';
import { type OptionType, OptionValueError, path } from './types.js';

/** A file for a report, and its format. */
export interface ReportFile {
  readonly format: ReportFormat;
  /** `-` is stdout. */
  readonly path: string;
}

const FORMATS = Object.keys(REPORT_FORMATS) as ReportFormat[];

/** `json=PATH`, `junit=PATH` or `md=PATH`. */
export const reportFile: OptionType<ReportFile> = {
  name: 'str',
  metavar: 'FORMAT=PATH',
  parse: (text) => {
    const [, word = '', file] = /^([^=]*)=(.+)$/s.exec(text) ?? [];
    if (file === undefined) throw new OptionValueError(`expected FORMAT=PATH, where FORMAT is ${FORMATS.join(', ')}`);
    const format = FORMATS.find((name) => name === word.toLowerCase());
    if (format) return { format, path: path.parse(file) };
    const guess = nearest(word, FORMATS);
    throw new OptionValueError(
      `expected one of the formats ${FORMATS.join(', ')}${guess ? ` (did you mean ${guess}?)` : ''}`,
    );
  },
  show: (file) => `${file.format}=${file.path}`,
};
