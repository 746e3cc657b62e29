import { type JsonLevel, readScalar, scanJson } from '../json-scan.js';

/** Members that identify an element of an array, the best first. */
const LABEL_NAMES = ['slug', 'sku', 'username', 'login', 'email', 'code', 'name', 'title', 'label'];
const LONGEST = 200;

/**
 * Labels for array elements, so that an element is found in a list with another order. The label is a member such as `name`
 * whose value is unique in the array.
 */
export class ElementLabels {
  /** By the path of the element. */
  private readonly labels = new Map<string, { rank: number; label: string }>();
  private readonly counts = new Map<string, number>();

  /** @param text JSON, UTF-8 as latin1; values before a syntax error are used */
  constructor(text: string) {
    try {
      scanJson(text, (start, end, levels) => this.add(text, start, end, levels));
    } catch {
      // Values before the error are extracted too.
    }
    for (const [path, { label }] of this.labels) {
      const key = arrayOf(path) + label;
      this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    }
  }

  /** The path of a value with labels instead of indexes; undefined if no element on it has a label. */
  path(levels: readonly JsonLevel[]): string | undefined {
    let plain = '';
    let named = '';
    let isNamed = false;
    for (const { name, index } of levels) {
      plain += stepOf(name, index);
      const label = name === undefined ? this.labels.get(plain)?.label : undefined;
      const isUnique = label !== undefined && this.counts.get(arrayOf(plain) + label) === 1;
      if (isUnique) isNamed = true;
      named += isUnique ? `[${label}]` : stepOf(name, index);
    }
    return isNamed ? named : undefined;
  }

  private add(text: string, start: number, end: number, levels: readonly JsonLevel[]): void {
    const member = levels.at(-1)!.name;
    const rank = member === undefined ? -1 : LABEL_NAMES.indexOf(member);
    if (rank < 0 || end - start > LONGEST || levels.length < 3 || levels.at(-2)!.index < 0) return;
    const path = levels
      .slice(0, -1)
      .map(({ name, index }) => stepOf(name, index))
      .join('');
    const known = this.labels.get(path);
    if (!known || rank < known.rank)
      this.labels.set(path, { rank, label: `${member} ${readScalar(text, start, end)}` });
  }
}

function stepOf(name: string | undefined, index: number): string {
  return name === undefined ? `[${index}]` : `.${name}`;
}

/** The path of the array that contains an element. */
function arrayOf(path: string): string {
  return path.slice(0, path.lastIndexOf('[') + 1);
}
