import { percentDecode, percentEncode } from '../text/percent.js';
import { entriesOf, type PairChange, Pairs, type PairsInit, valuesOf } from './pairs.js';

/**
 * Names and values of `application/x-www-form-urlencoded` text (URL standard, section 5). Unchanged pieces keep their bytes,
 * empty ones between two `&` included.
 */
export abstract class Urlencoded extends Pairs {
  /** The encoded text as latin1; undefined without one. */
  protected abstract read(): string | undefined;
  protected abstract write(text: string | undefined): void;
  protected abstract encode(text: string): string;

  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    yield* decodePairs(this.read() ?? '');
  }

  append(name: string, value: string): void {
    const text = this.read() ?? '';
    const separator = text === '' || text.endsWith('&') ? '' : '&';
    this.write(text + separator + this.pieceOf(name, value));
  }

  rewrite(name: string, change: PairChange): boolean {
    let index = 0;
    let isChanged = false;
    const pieces: string[] = [];
    for (const piece of this.read()?.split('&') ?? []) {
      const old = piece !== '' && nameIn(piece) === name ? decode(valueIn(piece)) : undefined;
      const value = old === undefined ? undefined : change(old, index++);
      if (value === old) {
        pieces.push(piece);
        continue;
      }
      isChanged = true;
      const equals = piece.indexOf('=');
      const prefix = equals < 0 ? `${piece}=` : piece.slice(0, equals + 1);
      for (const text of valuesOf(value)) pieces.push(prefix + this.encode(text));
    }
    if (isChanged) this.write(pieces.length > 0 ? pieces.join('&') : undefined);
    return isChanged;
  }

  replace(pairs: PairsInit): void {
    const pieces = Array.from(entriesOf(pairs), ([name, value]) => this.pieceOf(name, value));
    this.write(pieces.length > 0 ? pieces.join('&') : undefined);
  }

  /** The encoded text as it is sent. */
  override toString(): string {
    return this.read() ?? '';
  }

  private pieceOf(name: string, value: string): string {
    return `${this.encode(name)}=${this.encode(value)}`;
  }
}

function nameIn(piece: string): string {
  const equals = piece.indexOf('=');
  return decode(equals < 0 ? piece : piece.slice(0, equals));
}

/** The names and values in urlencoded text. @param text as latin1 */
export function decodePairs(text: string): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    end = text.indexOf('&', start);
    if (end < 0) end = text.length;
    if (end === start) continue;
    const piece = text.slice(start, end);
    pairs.push([nameIn(piece), decode(valueIn(piece))]);
  }
  return pairs;
}

/** The encoded value; empty without an equals sign, when the whole piece is the name. */
function valueIn(piece: string): string {
  const equals = piece.indexOf('=');
  return equals < 0 ? '' : piece.slice(equals + 1);
}

function decode(text: string): string {
  return percentDecode(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

/** Encodes text as browsers do in forms: a space becomes a plus sign. */
export function encodeForm(text: string): string {
  return percentEncode(text).replace(/%20|[!'()~]/g, (found) => ESCAPED[found]!);
}

const ESCAPED: Readonly<Record<string, string>> = {
  '%20': '+',
  '!': '%21',
  "'": '%27',
  '(': '%28',
  ')': '%29',
  '~': '%7E',
};
