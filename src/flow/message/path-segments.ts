import { percentDecode, percentEncode } from '../text/percent.js';
import type { PathOwner } from './query.js';

/**
 * A live view of the decoded segments of a path, without empty ones. Segments are read and set by index, also as
 * `segments[1] = 'x'`; the query and all other segments keep their bytes.
 *
 * @example
 * if (flow.request.pathSegments[0] === 'v1') flow.request.pathSegments[0] = 'v2'; // /v1//a%2Fb/ becomes /v2//a%2Fb/
 */
export class PathSegments implements Iterable<string> {
  /** Undefined beyond the end. */
  [index: number]: string;

  private constructor(private readonly owner: PathOwner) {}

  static of(owner: PathOwner): PathSegments {
    return new Proxy(new PathSegments(owner), byIndex);
  }

  get length(): number {
    return filled(this.pieces()).length;
  }

  /** @param index negative counts from the end */
  at(index: number): string | undefined {
    const pieces = this.pieces();
    const place = filled(pieces).at(index);
    return place === undefined ? undefined : percentDecode(pieces[place]!);
  }

  /**
   * @param index of the segment; negative counts from the end, and `length` appends a segment
   * @throws RangeError if the segment does not exist; TypeError if the new segment is empty
   */
  set(index: number, segment: string): void {
    const pieces = this.pieces();
    const places = filled(pieces);
    if (index === places.length) return this.append(segment);
    const place = places.at(index);
    if (place === undefined) throw new RangeError(`No path segment at index ${index}; there are ${places.length}`);
    if (percentDecode(pieces[place]!) === segment) return;
    pieces[place] = encode(segment);
    this.write(pieces);
  }

  /** Adds a segment at the end; a trailing slash becomes the separator. @throws TypeError if it is empty */
  append(segment: string): void {
    const pieces = this.pieces();
    if (pieces.at(-1) === '') pieces.pop();
    pieces.push(encode(segment));
    this.write(pieces);
  }

  /** Removes a segment. @param index negative counts from the end @returns whether the index had a segment */
  delete(index: number): boolean {
    const pieces = this.pieces();
    const place = filled(pieces).at(index);
    if (place === undefined) return false;
    pieces.splice(place, 1);
    this.write(pieces);
    return true;
  }

  /** Replaces all segments. @throws TypeError if one is empty */
  replace(segments: Iterable<string>): void {
    this.write(Array.from(segments, encode));
  }

  *[Symbol.iterator](): IterableIterator<string> {
    for (const piece of this.pieces()) if (piece !== '') yield percentDecode(piece);
  }

  /** The encoded text between the slashes, empty segments included. */
  private pieces(): string[] {
    const { path } = this.owner;
    const mark = path.indexOf('?');
    const base = mark < 0 ? path : path.slice(0, mark);
    return base.startsWith('/') ? base.slice(1).split('/') : [];
  }

  private write(pieces: readonly string[]): void {
    const { path } = this.owner;
    if (path === '') throw new TypeError('The target of this request has no path');
    const mark = path.indexOf('?');
    this.owner.path = `/${pieces.join('/')}${mark < 0 ? '' : path.slice(mark)}`;
  }
}

const byIndex: ProxyHandler<PathSegments> = {
  get(target, key, receiver) {
    return isIndex(key) ? target.at(Number(key)) : Reflect.get(target, key, receiver);
  },
  set(target, key, value) {
    if (!isIndex(key)) return false;
    target.set(Number(key), value);
    return true;
  },
  has(target, key) {
    return isIndex(key) ? Number(key) < target.length : Reflect.has(target, key);
  },
};

function isIndex(key: string | symbol): key is string {
  return typeof key === 'string' && /^\d+$/.test(key);
}

/** The indexes of the pieces that are not empty. */
function filled(pieces: readonly string[]): number[] {
  const places: number[] = [];
  for (const [place, piece] of pieces.entries()) if (piece !== '') places.push(place);
  return places;
}

function encode(segment: string): string {
  if (segment === '') throw new TypeError('A segment of a path cannot be empty');
  return percentEncode(segment);
}
