/** Puts text into a colour or a weight. */
export type Style = (text: string) => string;

/** The looks that output on a terminal has, by meaning. */
export interface Styles {
  /** Brings out what one looks for: URLs, sizes, arrows. */
  strong: Style;
  /** Steps back: notes and the time of log lines. */
  faint: Style;
  good: Style;
  notable: Style;
  bad: Style;
  /** Names of header fields. */
  name: Style;
  /** Trailers follow. */
  section: Style;
  /** The mark of replayed messages. */
  replay: Style;
  /** Error and warning lines of the log, and those that want attention. */
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

/** The 16 colours that every terminal has. chalk is loaded only if it is needed: that takes 10 ms of the start. */
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
