import type { Named, Scan } from './scan.js';
import { isQuote } from './strings.js';

/**
 * The rest of the line after the colon if the value is on the following lines: empty, or the header of a block scalar (YAML
 * 1.2.2, 8.1.1).
 */
const HEADER = /(?:[|>][+-]?\d?[+-]?)?[ \t]{0,100}\r?(?=\n)/y;
const LINE = /\n([ \t]{0,200})(- +)?([^\r\n]*)/y;
const VALUE_LINE = /\r?\n[ \t]{0,200}value:[ \t]{1,20}([^\r\n]+)/y;
/** Maximum number of lines of a value. */
const MAX_LINES = 200;

/**
 * Redacts the lines of a block scalar or a list after a name.
 * @param start after the colon
 * @returns whether it is a block scalar or a list
 */
export function yamlBlock(scan: Scan, named: Named, start: number): boolean {
  const { text } = scan;
  HEADER.lastIndex = start;
  const header = HEADER.exec(text);
  if (!header) return false;
  const isList = !/[|>]/.test(header[0]);
  const indent = indentOf(text, named.from);
  let at = start + header[0].length;
  for (let count = 0; count < MAX_LINES; count++) {
    LINE.lastIndex = at;
    const line = LINE.exec(text);
    if (!line) break;
    const [whole, spaces, dash, value] = line as unknown as [string, string, string | undefined, string];
    const isEmpty = dash === undefined && value === '';
    const isInside = isList ? dash !== undefined && spaces.length >= indent : spaces.length > indent;
    if (!isEmpty && !isInside) break;
    const begin = at + whole.length - value.length - (isList ? 0 : (dash?.length ?? 0));
    if (!isEmpty) put(scan, named, begin, at + whole.length);
    at += whole.length;
  }
  return true;
}

/**
 * Redacts the value in `- name: PASSWORD` followed by a line `value: x`, as in Kubernetes manifests.
 * @param end of the name
 */
export function yamlSibling(scan: Scan, named: Named, end: number): void {
  if (named.rule.values === 'code') return;
  VALUE_LINE.lastIndex = end;
  const line = VALUE_LINE.exec(scan.text);
  if (line) put(scan, named, end + line[0].length - line[1]!.length, end + line[0].length);
}

/** Redacts a value without its quotes. */
function put(scan: Scan, named: Named, from: number, to: number): void {
  const { text } = scan;
  let start = from;
  let end = to;
  while (start < end && text.charCodeAt(start) <= 32) start++;
  while (end > start && text.charCodeAt(end - 1) <= 32) end--;
  if (end - start > 1 && isQuote(text.charCodeAt(start)) && text[end - 1] === text[start]) {
    start++;
    end--;
  }
  if (start < end) scan.putValue(named, { start, end, secret: text.slice(start, end) });
}

function indentOf(text: string, at: number): number {
  const line = text.lastIndexOf('\n', at - 1) + 1;
  return /^ */.exec(text.slice(line, at))![0].length;
}
