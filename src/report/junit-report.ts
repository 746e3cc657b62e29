import { hostname } from 'node:os';
import { countOutcomes, type Report, type ReportCase, type ReportProperty, type ReportSuite } from '../flow/report.js';

/**
 * Prints a report as JUnit XML. It is valid for the schema of Ant (github.com/windyroad/JUnit-Schema), which requires the empty
 * elements at the end, and for that of Jenkins (junit-10.xsd of its plugin xunit).
 */
export function* printJUnit({ suites }: Report): Generator<string> {
  yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n';
  for (const [id, suite] of suites.entries()) yield* printSuite(suite, id);
  yield '</testsuites>\n';
}

function* printSuite(suite: ReportSuite, id: number): Generator<string> {
  const { name, started, duration, properties, cases } = suite;
  const counts = countOutcomes(suite);
  const attributes = xmlAttributes({
    name,
    package: name,
    id,
    // Without a time zone, as the schema requires.
    timestamp: new Date(started * 1000).toISOString().slice(0, 19),
    hostname: hostname() || 'localhost',
    tests: counts.passed + counts.failed + counts.error + counts.skipped,
    failures: counts.failed,
    errors: counts.error,
    skipped: counts.skipped,
    time: seconds(duration),
  });
  yield `  <testsuite${attributes}>\n    <properties>\n`;
  for (const property of properties) yield printProperty(property);
  yield '    </properties>\n';
  for (const one of cases) yield printCase(one, name);
  yield '    <system-out/>\n    <system-err/>\n  </testsuite>\n';
}

function printProperty({ name, value }: ReportProperty): string {
  return `      <property${xmlAttributes({ name, value })}/>\n`;
}

function printCase(one: ReportCase, suite: string): string {
  // Programs split the class at its last dot into package and class, so a host would be cut in two.
  const classname = one.group === '' ? suite : `${suite}.${one.group.replaceAll('.', '_')}`;
  const attributes = xmlAttributes({ name: one.name, classname, time: seconds(one.duration ?? 0) });
  const result = resultOf(one);
  return result === '' ? `    <testcase${attributes}/>\n` : `    <testcase${attributes}>\n${result}    </testcase>\n`;
}

const ELEMENTS = { failed: 'failure', error: 'error', skipped: 'skipped' } as const;

function resultOf({ outcome, code, message = '', details = [] }: ReportCase): string {
  if (outcome === 'passed') return '';
  const element = ELEMENTS[outcome];
  // The schema of Ant has no type for skipped cases.
  const attributes: Readonly<Record<string, string>> =
    outcome === 'skipped' ? { message } : { message, type: code ?? outcome };
  const start = `      <${element}${xmlAttributes(attributes)}`;
  // Many programs show only the text, not the attributes.
  const text = details.length === 0 ? '' : [message, ...details].map(xmlText).join('\n');
  return text === '' ? `${start}/>\n` : `${start}>${text}</${element}>\n`;
}

/** At most milliseconds, without an exponent. */
function seconds(value: number): string {
  return Math.max(0, value).toFixed(3);
}

/**
 * Characters that XML 1.0 does not allow, even as references (section 2.2), C1 controls and DEL, which it discourages, and
 * lone surrogates, which have no encoding.
 */
const NOT_XML = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]|\p{Cs}/gu;

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A parser turns these into spaces in an attribute (section 3.3.3), and a carriage return into a newline.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Text for the content of an element. Characters that XML does not allow become `\x1b`, `\ud800`. */
function xmlText(text: string): string {
  return text.replace(NOT_XML, escaped).replace(/[&<>\r]/g, reference);
}

/** ` name="value"` for each entry. */
function xmlAttributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${attributeText(String(value))}"`)
    .join('');
}

function attributeText(text: string): string {
  return text.replace(NOT_XML, escaped).replace(/[&<>"\t\n\r]/g, reference);
}

function reference(character: string): string {
  return REFERENCES[character]!;
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return code > 0xff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\x${code.toString(16).padStart(2, '0')}`;
}
