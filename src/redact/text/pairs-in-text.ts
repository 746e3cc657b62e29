import { percentDecode } from '../../flow/text/percent.js';
import { isExpression, isOpaque, isVariable } from '../names/values.js';
import type { Named, Scan } from './scan.js';
import { backslashesBefore, countBackslashes, endOfString, isQuote, unescaped } from './strings.js';
import { yamlBlock } from './yaml.js';

/**
 * A value without quotes. A semicolon ends it only before another pair. An escape ends it if it stands for white space, a quote
 * or a code point.
 */
const VALUE = /(?:[^\s&"'<>\\;]|\\(?![nrtu"'])|;(?![ \t]|[\w ]{1,40}=))+/y;
const CODE_VALUE = /[\w.~%+\-/=]+/y;
/** Other parameters of the query that make `code` an authorization code. */
const CODE_SIBLING =
  /(?:^|[?&#;])(?:state|session_state|client_id|client_secret|grant_type|redirect_uri|code_verifier|iss)=/;
/** Maximum distance of these parameters from `code`. */
const QUERY = 4096;
/** The text before a name at the start of a line: quotes, indentation, the dash of a list, a comment. */
const LINE_START = /(?:^|[\r\n"'`]|\\[nr])[ \t>*#-]*$/;
const LINE_VALUE = /[^\r\n]+/y;
const CODE_LENGTH = 12;
const SENTENCE_LENGTH = 6;

/**
 * Redacts the value after a name and `=`: a pair of a query, an attribute, a setting.
 * @param isTight whether there are no spaces around the equals sign
 */
export function pairValue(scan: Scan, named: Named, start: number, isTight: boolean): void {
  const { text, kind } = scan;
  const { rule, from } = named;
  const before = text[from - 1] ?? '';
  const isInUrl = before === '?' || before === '&' || before === ';' || kind === 'pairs';
  if (rule.values === 'code' && !(isTight && isBesideSibling(scan, from))) return;
  const escapes = countBackslashes(text, start);
  if (isQuote(text.charCodeAt(start + escapes))) {
    const open = start + escapes;
    const end = endOfString(text, open + 1, text.charCodeAt(open), escapes, scan.limitFor(named.rule, open));
    const secret = unescaped(text.slice(open + 1, end), escapes);
    if (kind === 'markup' && !isTight && !isOpaque(secret, CODE_LENGTH)) return;
    scan.putValue(named, { start: open + 1, end, secret });
    return;
  }
  const isCode = (kind === 'code' || kind === 'markup') && !isInUrl;
  const pattern = isCode ? CODE_VALUE : VALUE;
  pattern.lastIndex = start;
  const raw = pattern.exec(text)?.[0];
  if (raw === undefined || (!isTight && isExpression(raw))) return;
  if (isCode && (!isOpaque(raw, CODE_LENGTH) || isVariable(raw)) && !scan.isExhausted(raw.length)) return;
  putEncoded(scan, named, start, raw, isInUrl || before === '');
}

/**
 * Redacts a value with percent-encoding or entities.
 * @param value sticky; matches the value
 */
export function encodedPair(scan: Scan, named: Named, start: number, value: RegExp): void {
  value.lastIndex = start;
  const raw = value.exec(scan.text)?.[0];
  if (raw) putEncoded(scan, named, start, raw, true);
}

function putEncoded(scan: Scan, named: Named, start: number, raw: string, isPair: boolean): void {
  const secret = raw.includes('%') ? wireDecoded(raw) : raw;
  const wrap = (text: string): string => text.replace(/ /g, '%20');
  scan.putValue(named, { start, end: start + raw.length, secret, isPair, wrap });
}

/** Decodes percent-encoding. @returns one character per byte */
export function wireDecoded(raw: string): string {
  return Buffer.from(percentDecode(raw)).toString('latin1');
}

function isBesideSibling(scan: Scan, from: number): boolean {
  const { text, query } = scan;
  if (from > query.start && from < query.end) return query.exchangesCode && /[?&#;]/.test(text[from - 1]!);
  let start = from;
  while (start > 0 && from - start < QUERY && isQueryCharacter(text.charCodeAt(start - 1))) start--;
  let end = from;
  while (end < text.length && end - from < QUERY && isQueryCharacter(text.charCodeAt(end))) end++;
  scan.query = { start, end, exchangesCode: CODE_SIBLING.test(text.slice(start, end)) };
  return scan.query.exchangesCode && (from === start || /[?&#;]/.test(text[from - 1]!));
}

/** Whether a character is not white space, a quote or an angle bracket. */
function isQueryCharacter(code: number): boolean {
  return code > 32 && code !== 34 && code !== 39 && code !== 60 && code !== 62;
}

/** Redacts the value after a name and a colon: a header line, a line of YAML, a member of a JavaScript object. */
export function lineValue(scan: Scan, named: Named, start: number): void {
  const { text, kind } = scan;
  const { rule, from } = named;
  if (rule.values === 'code') return;
  const escapes = countBackslashes(text, start);
  const open = start + escapes;
  if (isQuote(text.charCodeAt(open))) {
    const end = endOfString(text, open + 1, text.charCodeAt(open), escapes, scan.limitFor(named.rule, open));
    const secret = unescaped(text.slice(open + 1, end), escapes);
    if ((kind === 'code' || kind === 'markup') && !isOpaque(secret, CODE_LENGTH)) return;
    scan.putValue(named, { start: open + 1, end, secret });
    return;
  }
  if (kind === 'code') return;
  const before = text.slice(Math.max(0, from - 40), from);
  if (kind === 'markup') {
    if (/<!--[^<>]*$/.test(before)) valueInSentence(scan, named, start);
    return;
  }
  const opening = LINE_START.exec(before)?.[0];
  if (opening === undefined) return valueInSentence(scan, named, start);
  if (yamlBlock(scan, named, start)) return;
  LINE_VALUE.lastIndex = start;
  let line = LINE_VALUE.exec(text)?.[0] ?? '';
  const quote = /^["'`]/.exec(opening)?.[0];
  if (quote !== undefined) {
    const end = endOfString(line, 0, quote.charCodeAt(0), backslashesBefore(text, from - opening.length));
    line = line.slice(0, end);
  } else line = cutEscapedLine(line);
  const secret = line.trim();
  const begin = start + line.indexOf(secret);
  scan.putValue(named, { start: begin, end: begin + secret.length, secret });
}

/** Redacts a value in the middle of a line, such as `login with password: x`. Most such values are words of a sentence. */
export function valueInSentence(scan: Scan, named: Named, start: number): void {
  if (named.rule.values !== 'any') return;
  VALUE.lastIndex = start;
  const run = VALUE.exec(scan.text)?.[0];
  if (run === undefined) return;
  // A value at the end of the text may continue in the next window, so its punctuation is not removed.
  const raw = start + run.length === scan.text.length ? run : run.replace(/[.,:!?)\]}]{1,8}$/, '');
  if (isOpaque(raw, SENTENCE_LENGTH)) putEncoded(scan, named, start, raw, false);
}

/** A line in a string of JSON ends with `\n` as an escape, or with the string. */
function cutEscapedLine(line: string): string {
  const end = /\\[nr]|"\s*[,}\]]/.exec(line)?.index;
  return end === undefined ? line : line.slice(0, end);
}
