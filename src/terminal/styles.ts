/** Adds a colour or a weight to text. */
export type Style = (text: string) => string;

/** The styles of terminal output, by meaning. */
export interface Styles {
  /** Emphasis: URLs, sizes, arrows. */
  strong: Style;
  /** Secondary text: notes, and the time of log lines. */
  faint: Style;
  good: Style;
  notable: Style;
  bad: Style;
  /** Names of header fields. */
  name: Style;
  /** Headings, such as that of trailers. */
  section: Style;
  /** The mark of replayed messages. */
  replay: Style;
  /** Lines of the log, by level. */
  error: Style;
  warning: Style;
  alert: Style;
  /** DNS answers. */
  answer: Style;
}

const same: Style = (text) => text;

/** No colours: for pipes and files. */
export const plainStyles: Styles = {
  strong: same,
  faint: same,
  good: same,
  notable: same,
  bad: same,
  name: same,
  section: same,
  replay: same,
  error: same,
  warning: same,
  alert: same,
  answer: same,
};

/** Styles with the 16 standard colours. chalk is loaded only if needed, because loading takes 10 ms at startup. */
export async function loadStyles(color: boolean): Promise<Styles> {
  if (!color) return plainStyles;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return {
    strong: chalk.bold,
    faint: chalk.dim,
    good: chalk.green.bold,
    notable: chalk.magenta.bold,
    bad: chalk.red.bold,
    name: chalk.blue,
    section: chalk.magenta,
    replay: chalk.yellow.bold,
    error: chalk.red,
    warning: chalk.yellow,
    alert: chalk.magenta,
    answer: chalk.blueBright,
  };
}
