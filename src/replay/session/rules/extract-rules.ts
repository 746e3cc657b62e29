import type { HttpResponse } from '../../../flow/http/http-response.js';
import { fromWire } from '../../../flow/text/wire-text.js';
import { type JsonPath, locationOf, PathLimitError, shortPath } from '../../../json-path/index.js';
import { type BytesFinder, SearchLimitError } from '../../../regex/index.js';
import type { ExtractPlace, ExtractRule } from './extract-rule.js';

const NONE: readonly string[] = [];

/** Called for each value that a rule finds. @param key of the rule @param anywhere whether it is matched in any place */
export type OnExtracted = (value: string, key: string, anywhere: boolean, place: () => string) => void;

/** The rules of `--replay-extract`. Each rule has a key, which is common to its values and to the places that use them. */
export class ExtractRules {
  /** Keys of the rules whose values are matched in any place. */
  readonly everywhere: readonly string[];
  private readonly named = new Map<string, string[]>();
  private readonly json: { path: JsonPath; key: string }[] = [];
  private readonly found = new Set<ExtractRule>();

  constructor(private readonly rules: readonly ExtractRule[]) {
    const everywhere: string[] = [];
    for (const [at, { place }] of rules.entries()) {
      if (!place) everywhere.push(keyOf(at));
      else if (place.kind === 'json') this.json.push({ path: place.path, key: keyOf(at) });
      else {
        const slot = `${place.kind}:${place.name}`;
        this.named.set(slot, [...(this.named.get(slot) ?? []), keyOf(at)]);
      }
    }
    this.everywhere = everywhere;
  }

  get isEmpty(): boolean {
    return this.rules.length === 0;
  }

  /** Rules that have not matched any response. */
  get unmatched(): readonly ExtractRule[] {
    return this.rules.filter((rule) => !this.found.has(rule));
  }

  /** Keys of a place in a request. @param name in lower case for a header */
  keysAt(kind: Exclude<ExtractPlace['kind'], 'json'>, name: string): readonly string[] {
    return this.isEmpty ? NONE : (this.named.get(`${kind}:${name}`) ?? NONE);
  }

  /** Keys of the values in the JSON content of a request, by path. */
  keysInJson(text: string): ReadonlyMap<string, readonly string[]> | undefined {
    if (this.json.length === 0) return undefined;
    const keys = new Map<string, string[]>();
    for (const { path, key } of this.json) {
      for (const place of placesIn(text, path)) keys.set(place, [...(keys.get(place) ?? []), key]);
    }
    return keys;
  }

  /**
   * Extracts the values of a response.
   * @param content decoded; undefined if it could not be decoded
   */
  extract({ headers, cookies }: HttpResponse, content: Buffer | undefined, onExtracted: OnExtracted): void {
    for (const [at, rule] of this.rules.entries()) {
      const add = this.adder(at, rule, '', onExtracted);
      const { source } = rule;
      if (source.kind === 'header') for (const value of headers.getAll(source.name)) add(fromWire(value));
      else if (source.kind === 'cookie') for (const { value } of cookies.getAll(source.name)) add(value);
      else if (content) for (const value of valuesOf(source, content)) add(value);
    }
  }

  /** Extracts the values of a WebSocket message of the server. @param label names the message */
  extractMessage(content: Buffer, label: string, onExtracted: OnExtracted): void {
    for (const [at, rule] of this.rules.entries()) {
      const add = this.adder(at, rule, `${label} `, onExtracted);
      for (const value of valuesOf(rule.source, content)) add(value);
    }
  }

  private adder(at: number, rule: ExtractRule, prefix: string, onExtracted: OnExtracted): (value: string) => void {
    let count = 0;
    return (value) => {
      if (value === '') return;
      this.found.add(rule);
      const index = count++;
      onExtracted(value, keyOf(at), !rule.place, () => `${prefix}rule ${at} ${index}`);
    };
  }
}

function keyOf(index: number): string {
  return `rule:${index}`;
}

/** The values that a rule finds in content. */
function valuesOf(source: ExtractRule['source'], content: Buffer): Iterable<string> {
  if (source.kind === 'json') return valuesIn(content.toString(), source.path);
  return source.kind === 'text' ? matchesIn(content, source.finder) : NONE;
}

function valuesIn(text: string, path: JsonPath): string[] {
  return nodesIn(text, path).flatMap(({ value }) =>
    typeof value === 'string' || typeof value === 'number' ? [String(value)] : [],
  );
}

function placesIn(text: string, path: JsonPath): string[] {
  return nodesIn(text, path).map((node) => shortPath(locationOf(node)));
}

function nodesIn(text: string, path: JsonPath): ReturnType<JsonPath['select']> {
  try {
    return path.select(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof PathLimitError) return [];
    throw error;
  }
}

function* matchesIn(content: Buffer, finder: BytesFinder): Generator<string> {
  try {
    for (const match of finder.matches(content, true)) {
      const from = match.length > 2 ? match[2]! : match[0]!;
      const to = match.length > 2 ? match[3]! : match[1]!;
      if (from >= 0) yield content.toString('utf8', from, to);
    }
  } catch (error) {
    if (!(error instanceof SearchLimitError)) throw error;
  }
}
