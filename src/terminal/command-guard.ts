/**
 * Whether the reader of our output runs commands that it finds in it: GitHub Actions (and the runners of Gitea and Forgejo)
 * `::set-output …` and `##[command]`, Azure Pipelines `##vso[…]`, TeamCity `##teamcity[…]`.
 */
export function readsCommands({ GITHUB_ACTIONS, TF_BUILD, TEAMCITY_VERSION }: NodeJS.ProcessEnv): boolean {
  return Boolean(GITHUB_ACTIONS || TF_BUILD || TEAMCITY_VERSION);
}

/**
 * The beginning of a command up to its last character. Between the characters there may be our colors, which the reader may
 * remove first. `##` with a space is a heading, not a command.
 */
const BEGINNING =
  /:(?:\x1b\[[\d;]{0,20}m){0,4}(?=:)|#(?:\x1b\[[\d;]{0,20}m){0,4}#(?:\x1b\[[\d;]{0,20}m){0,4}(?=[[a-z])/gi;
const ONLY_COLORS = /^(?:\x1b\[[\d;]{0,20}m)*$/;
/** Maximum length of a match of `BEGINNING`, in characters. */
const LONGEST_BEGINNING = 2 + 8 * 23;

/** Zero width space: the text looks the same. GitHub's runner does not trim it, because it is not white space. */
const BREAK = '\u200b';

/**
 * Breaks up the beginnings of commands, `::`, `##[` and `##name`, so that captured text cannot run commands. The texts are
 * parts of one output, so a beginning that spans two of them is broken up, too.
 */
export class CommandGuard {
  private last = '';

  pass(text: string): string {
    const { last } = this;
    const whole = last + text;
    this.last = unfinished(whole.slice(-LONGEST_BEGINNING));
    return withoutCommands(whole).slice(last.length);
  }
}

/** The end of a text, if it may be the beginning of a command. */
function unfinished(text: string): string {
  const last = Math.max(text.lastIndexOf(':'), text.lastIndexOf('#'));
  if (last < 0 || !ONLY_COLORS.test(text.slice(last + 1))) return '';
  const before = text[last] === '#' && last > 0 ? text.lastIndexOf('#', last - 1) : -1;
  const isPair = before >= 0 && ONLY_COLORS.test(text.slice(before + 1, last));
  return text.slice(isPair ? before : last);
}

/** Breaks up the beginnings of commands in a complete text. */
export function withoutCommands(text: string): string {
  return text.replace(BEGINNING, `$&${BREAK}`);
}

/** The same JSON without beginnings of commands, which occur in strings only. */
export function jsonWithoutCommands(json: string): string {
  return json.replace(/:(?=:)/g, '\\u003a').replace(/#(?=#[[a-z])/gi, '\\u0023');
}

/** The same XML without beginnings of commands, which occur in text and values only. */
export function xmlWithoutCommands(xml: string): string {
  return xml.replace(/:(?=:)/g, '&#58;').replace(/#(?=#[[a-z])/gi, '&#35;');
}
