import { percentDecode } from '../../../flow/text/percent.js';
import type { Names } from '../names.js';
import { isNaming, isUrl, isVersion, pathStart, subjectOf } from '../paths.js';
import { encodeLike } from './encode.js';
import { LONGEST_VALUE, NO_KEYS, SHORTEST_ANYWHERE, type UseVisitor } from './visitor.js';
import { rewriteWords } from './words.js';

/** URLs in parameters of URLs are followed so far. */
const DEEPEST = 3;

/** Replaces values in decoded text, in URLs, and in urlencoded text. */
export class TextRewriter {
  constructor(
    readonly names: Names,
    readonly visitor: UseVisitor,
  ) {}

  /**
   * Replaces a value, or parts of it.
   * @param text decoded
   * @returns undefined if nothing is replaced
   */
  text(text: string, keys: readonly string[], depth = 0): string | undefined {
    if (text === '') return undefined;
    if (text.length <= LONGEST_VALUE) {
      const whole = this.visitor.visit(text, keys);
      if (whole !== undefined) return whole;
    }
    if (depth < DEEPEST && isUrl(text)) {
      const url = this.url(text, depth + 1);
      if (url !== text) return url;
    }
    const listed = keys.length > 0 && text.includes(',') ? this.list(text, keys) : text;
    const worded = listed.length > SHORTEST_ANYWHERE ? rewriteWords(listed, this.visitor, true) : listed;
    return worded === text ? undefined : worded;
  }

  /**
   * Replaces segments and parameters of a URL, of a path with a query, or of a query alone (`?a=b`).
   * @param depth 0 for the target of a request; then the visitor learns the places of changes
   */
  url(url: string, depth = 0): string {
    const start = pathStart(url);
    const hash = url.indexOf('#', start);
    const end = hash < 0 ? url.length : hash;
    const mark = url.indexOf('?', start);
    const pathEnd = mark < 0 || mark > end ? end : mark;
    const path = url.slice(start, pathEnd);
    const newPath = this.segments(path, depth);
    const newQuery = pathEnd === end ? '' : `?${this.query(url.slice(pathEnd + 1, end), path, depth)}`;
    const newHash = hash < 0 ? '' : `#${this.query(url.slice(hash + 1), path, depth)}`;
    return url.slice(0, start) + newPath + newQuery + newHash;
  }

  /**
   * Replaces values of a query or of an urlencoded form.
   * @param path that it belongs to, for parameters such as `id`
   * @param place what a changed parameter is called
   */
  query(query: string, path: string, depth = 0, place: 'query' | 'form' = 'query'): string {
    if (query === '') return query;
    const subject = subjectOf(path);
    const context = subject === undefined ? NO_KEYS : [percentDecode(subject)];
    return query
      .split('&')
      .map((piece) => {
        const equals = piece.indexOf('=');
        const raw = piece.slice(equals + 1);
        if (raw === '') return piece;
        const name = equals < 0 ? '' : decode(piece.slice(0, equals));
        const keys = name === '' ? NO_KEYS : [...this.names.usedKeys(name, context), `field:${name}`];
        const changed = this.text(decode(raw), keys, depth);
        if (changed === undefined) return piece;
        if (depth === 0) this.visitor.changed(`${place} ${name}`.trim());
        return piece.slice(0, equals + 1) + encodeLike(raw, changed, true, '&#');
      })
      .join('&');
  }

  private segments(path: string, depth: number): string {
    const segments = path.split('/');
    const changed = segments.map((raw, at) => {
      if (raw === '') return raw;
      const before = segments[at - 1] ?? '';
      const isNamed = isNaming(before) && !isVersion(before);
      const keys = isNamed ? this.names.usedKeys('id', [percentDecode(before)]) : NO_KEYS;
      const result = this.segment(raw, keys, depth);
      if (result === undefined) return raw;
      if (depth === 0) this.visitor.changed(`path ${at}`);
      return result;
    });
    return changed.join('/');
  }

  private segment(raw: string, keys: readonly string[], depth: number): string | undefined {
    const text = percentDecode(raw);
    const changed = this.text(text, keys, depth);
    if (changed !== undefined) return encodeLike(raw, changed, false, '/?#');
    const dot = text.lastIndexOf('.');
    const stem = dot > 0 && text.length - dot <= 5 && keys.length > 0 ? text.slice(0, dot) : '';
    const newStem = stem === '' ? undefined : this.visitor.visit(stem, keys);
    return newStem === undefined ? undefined : encodeLike(raw, newStem + text.slice(dot), false, '/?#');
  }

  /** `1,2,3`: each value stands in the place of the list. */
  private list(text: string, keys: readonly string[]): string {
    return text
      .split(',')
      .map((item) => {
        const value = item.trim();
        const changed = value === '' ? undefined : this.visitor.visit(value, keys);
        return changed === undefined ? item : item.replace(value, () => changed);
      })
      .join(',');
  }
}

function decode(text: string): string {
  return percentDecode(text.includes('+') ? text.replaceAll('+', ' ') : text);
}
