/**
 * What the two common schemas of JUnit XML allow: that of Ant (github.com/windyroad/JUnit-Schema, JUnit.xsd) and that of Jenkins
 * (junit-10.xsd of its plugin xunit), with the elements that we may write.
 */
interface ElementRule {
  /** For each attribute the pattern of its value; those in `required` must be there. */
  readonly attributes: Readonly<Record<string, RegExp>>;
  readonly required: readonly string[];
  /** The children, as names each followed by a space. */
  readonly children: RegExp;
  readonly hasText: boolean;
}

type Schema = Readonly<Record<string, ElementRule>>;

const ANY = /^/;
const TOKEN = /\S/;
const INT = /^[+-]?\d{1,10}$/;
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const SECOND = /^\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;
const SUREFIRE_TIME = /^(\d{1,3}(,\d{3})*|\d*)(\.\d{0,3})?$/;

function rule(
  attributes: ElementRule['attributes'],
  required: readonly string[],
  children: RegExp,
  hasText = false,
): ElementRule {
  return { attributes, required, children, hasText };
}

const NOTHING = /^$/;
const TEXT = rule({}, [], NOTHING, true);
const COUNTS = { tests: INT, failures: INT, errors: INT, skipped: INT };
const PROPERTIES = rule({}, [], /^(property )*$/);

export const ANT: Schema = {
  testsuites: rule({}, [], /^(testsuite )*$/),
  testsuite: rule(
    { ...COUNTS, name: TOKEN, package: ANY, id: INT, timestamp: SECOND, hostname: TOKEN, time: DECIMAL },
    ['name', 'package', 'id', 'timestamp', 'hostname', 'tests', 'failures', 'errors', 'time'],
    /^properties (testcase )*system-out system-err $/,
  ),
  properties: PROPERTIES,
  property: rule({ name: TOKEN, value: ANY }, ['name', 'value'], NOTHING),
  testcase: rule(
    { name: ANY, classname: ANY, time: DECIMAL },
    ['name', 'classname', 'time'],
    /^((skipped|error|failure) )?$/,
  ),
  skipped: rule({ message: ANY }, [], NOTHING, true),
  error: rule({ message: ANY, type: ANY }, ['type'], NOTHING, true),
  failure: rule({ message: ANY, type: ANY }, ['type'], NOTHING, true),
  'system-out': TEXT,
  'system-err': TEXT,
};

const RESULT = rule({ message: ANY, type: ANY }, [], NOTHING, true);
const TIMES = { time: SUREFIRE_TIME };
const STRINGS = ['name', 'tests', 'failures', 'errors', 'skipped', 'timestamp', 'hostname', 'id', 'package'];

export const JENKINS: Schema = {
  testsuites: rule({ name: ANY, tests: ANY, failures: ANY, errors: ANY, ...TIMES }, [], /^(testsuite )*$/),
  testsuite: rule(
    { ...Object.fromEntries(STRINGS.map((name) => [name, ANY])), ...TIMES },
    ['name', 'tests', 'failures', 'errors'],
    /^((properties|testcase|system-out|system-err) )*$/,
  ),
  properties: PROPERTIES,
  property: rule({ name: ANY, value: ANY }, ['name', 'value'], NOTHING),
  testcase: rule(
    { name: ANY, classname: ANY, time: ANY },
    ['name'],
    /^((skipped|error|failure|system-out|system-err) )*$/,
  ),
  skipped: RESULT,
  error: RESULT,
  failure: RESULT,
  'system-out': TEXT,
  'system-err': TEXT,
};

/** @returns what is wrong with a document; empty if it is well-formed and valid */
export function faultsOf(xml: string, schema: Schema): string[] {
  const faults: string[] = [];
  const open: { name: string; children: string }[] = [{ name: '', children: '' }];
  const begins = (name: string, attributes: string): void => {
    open.at(-1)!.children += `${name} `;
    open.push({ name, children: '' });
    const rules = schema[name];
    if (!rules) return void faults.push(`unknown element ${name}`);
    const seen = new Set<string>();
    for (const [, key, text] of attributes.matchAll(/\s+([^\s=]+)="([^"<]*)"/g)) {
      if (seen.has(key!)) faults.push(`${name}: ${key} twice`);
      seen.add(key!);
      const value = plain(text!, faults);
      if (!rules.attributes[key!]?.test(value)) faults.push(`${name}: ${key}=${value}`);
    }
    if (attributes.replace(/\s+[^\s=]+="[^"<]*"/g, '').trim() !== '') faults.push(`${name}: not well-formed`);
    for (const key of rules.required) if (!seen.has(key)) faults.push(`${name}: no ${key}`);
  };
  const ends = (name: string): void => {
    const top = open.pop()!;
    if (top.name !== name) faults.push(`${top.name} ends as ${name}`);
    if (schema[name] && !schema[name].children.test(top.children)) faults.push(`${name} has ${top.children}`);
  };
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
  if (!xml.startsWith(declaration)) faults.push('no declaration');
  let at = declaration.length;
  for (const tag of xml.slice(at).matchAll(/<(\/?)([a-z-]+)((?:[^<>"]|"[^"]*")*?)(\/?)>/g)) {
    const [whole, closing, name, attributes, empty] = tag;
    const start = declaration.length + tag.index;
    addText(xml.slice(at, start), schema[open.at(-1)!.name], faults);
    at = start + whole.length;
    if (closing === '') begins(name!, attributes!);
    if (closing !== '' || empty !== '') ends(name!);
  }
  addText(xml.slice(at), undefined, faults);
  if (open.length !== 1 || open[0]!.children !== 'testsuites ') faults.push('not one root that is closed');
  if (/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(xml))
    faults.push('a character that XML cannot hold');
  return faults;
}

function addText(text: string, rules: ElementRule | undefined, faults: string[]): void {
  if (!rules?.hasText && text.trim() !== '') faults.push(`text ${JSON.stringify(text)}`);
  if (text.includes('<') || text.includes(']]>')) faults.push(`not well-formed: ${JSON.stringify(text)}`);
  plain(text, faults);
}

/** Without character and entity references. */
function plain(text: string, faults: string[]): string {
  return text.replace(/&([^;]*);?/g, (reference, name: string) => {
    if (!/^&(amp|lt|gt|quot|apos|#\d+|#x[0-9a-f]+);$/i.test(reference)) faults.push(`reference ${reference}`);
    return name.startsWith('#') ? String.fromCodePoint(Number(`0${name.slice(1)}`) || 32) : '?';
  });
}
