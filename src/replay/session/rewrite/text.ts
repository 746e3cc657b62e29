import { percentDecode } from '../../../flow/text/percent.js';
import type { Names } from '../names.js';
import { isNaming, isUrl, isVersion, pathStart, subjectOf } from '../paths.js';
import type { ExtractRules } from '../rules/extract-rules.js';
import type { ValueSettings } from '../value-settings.js';
import { encodeLike } from './encode.js';
import { LONGEST_VALUE, NO_KEYS, SHORTEST_ANYWHERE, type ValueVisitor } from './visitor.js';
import { rewriteWords } from './words.js';

/** Maximum nesting of URLs in parameters of URLs. */
const DEEPEST = 3;

/** Replaces values in decoded text, in URLs and in urlencoded text. */
export class TextRewriter {
  readonly names: Names;
  readonly rules: ExtractRules;

  constructor(
    { names, rules }: Pick<ValueSettings, 'names' | 'rules'>,
    readonly visitor: ValueVisitor,
  ) {
    this.names = names;
    this.rules = rules;
  }

  /** Replaces a whole value. @returns undefined if it is not replaced */
  whole(value: string, keys: readonly string[]): string | undefined {
    const { everywhere } = this.rules;
    return this.visitor.visit(value, everywhere.length === 0 ? keys : [...keys, ...everywhere]);
  }

  /**
   * Replaces a value or parts of it.
   * @param text decoded
   * @returns undefined if nothing was replaced
   */
  text(text: string, keys: readonly string[], depth = 0): string | undefined {
    if (text === '') return undefined;
    if (text.length <= LONGEST_VALUE) {
      const whole = this.whole(text, keys);
      if (whole !== undefined) return whole;
    }
    if (depth < DEEPEST && isUrl(text)) {
      const url = this.url(text, depth + 1);
      if (url !== text) return url;
    }
    const listed = keys.length > 0 && text.includes(',') ? this.list(text, keys) : text;
    const worded = listed.length > SHORTEST_ANYWHERE ? rewriteWords(listed, this.visitor, true) : listed;
    const ruled = this.rules.isEmpty ? worded : this.ruled(worded, keys);
    return ruled === text ? undefined : ruled;
  }

  /**
   * Replaces segments and parameters of a URL, of a path with a query, or of a query (`?a=b`).
   * @param depth 0 for the target of a request, whose changed places are reported to the visitor
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
   * Replaces values of a query or an urlencoded form.
   * @param path the path of the URL or request, as context for parameters such as `id`
   * @param place kind of place to report for a changed parameter
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
        const keys = name === '' ? NO_KEYS : this.fieldKeys(name, context);
        const changed = this.text(decode(raw), keys, depth);
        if (changed === undefined) return piece;
        if (depth === 0) this.visitor.changed(`${place} ${name}`.trim());
        return piece.slice(0, equals + 1) + encodeLike(raw, changed, true, '&#');
      })
      .join('&');
  }

  /** Keys of a parameter or form field. */
  fieldKeys(name: string, context: readonly string[]): readonly string[] {
    return [...this.names.requestKeys(name, context), `field:${name}`, ...this.rules.keysAt('param', name)];
  }

  private segments(path: string, depth: number): string {
    const segments = path.split('/');
    const changed = segments.map((raw, at) => {
      if (raw === '') return raw;
      const before = segments[at - 1] ?? '';
      const isNamed = isNaming(before) && !isVersion(before);
      const named = isNamed ? this.names.requestKeys('id', [percentDecode(before)]) : NO_KEYS;
      const keys = this.rules.isEmpty ? named : [...named, ...this.rules.keysAt('path', percentDecode(before))];
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
    const newStem = stem === '' ? undefined : this.whole(stem, keys);
    return newStem === undefined ? undefined : encodeLike(raw, newStem + text.slice(dot), false, '/?#');
  }

  /** Replaces words of any length in a place that a rule names. */
  private ruled(text: string, keys: readonly string[]): string {
    const named = keys.filter((key) => key.startsWith('rule:'));
    if (named.length === 0) return text;
    return text.replace(/[\w.~+/=%-]+/g, (word) => this.visitor.visit(word, named) ?? word);
  }

  /** Replaces the values of a comma-separated list; each of them has the keys of the place. */
  private list(text: string, keys: readonly string[]): string {
    return text
      .split(',')
      .map((item) => {
        const value = item.trim();
        const changed = value === '' ? undefined : this.whole(value, keys);
        return changed === undefined ? item : item.replace(value, () => changed);
      })
      .join(',');
  }
}

function decode(text: string): string {
  return percentDecode(text.includes('+') ? text.replaceAll('+', ' ') : text);
}
