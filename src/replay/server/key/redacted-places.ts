import { holdsPlaceholder } from '../../../redact/index.js';
import { canonicalJson, type Json, parseJson } from './canonical-json.js';
import type { KeyField } from './key-field.js';

/** Replaces the value of a redacted place. */
const ANYTHING = '\0redacted';

/**
 * Places of requests that were redacted with an unknown key: parameters, form fields, headers and JSON members. Their values
 * are ignored in all requests.
 */
export class RedactedPlaces {
  private readonly named = new Set<string>();
  /** JSON paths, with `[*]` for all elements of an array. */
  private readonly paths = new Set<string>();

  /** Adds the redacted places of a recorded request. */
  note(fields: readonly KeyField[]): void {
    for (const { part, name, value } of fields) {
      if (!holdsPlaceholder(value)) continue;
      if (part === 'json') this.visit(parseJson(value)!, '$', (path) => void this.paths.add(path));
      else if (name !== '') this.named.add(`${part} ${name}`);
    }
  }

  /** Replaces the values of redacted places in fields. */
  apply(fields: KeyField[]): KeyField[] {
    if (this.named.size === 0 && this.paths.size === 0) return fields;
    return fields.map((field) => {
      const { part, name, value } = field;
      if (part === 'json' && this.paths.size > 0) return { ...field, value: this.applied(value) };
      return this.named.has(`${part} ${name}`) ? { ...field, value: ANYTHING } : field;
    });
  }

  private applied(text: string): string {
    const root = { value: parseJson(text)! };
    this.replace(root, 'value', '$');
    return canonicalJson(root.value) ?? text;
  }

  private replace(parent: Record<string, Json>, key: string, path: string): void {
    const value = parent[key]!;
    if (this.paths.has(path)) parent[key] = ANYTHING;
    else if (Array.isArray(value))
      for (const at of value.keys()) this.replace(value as never, String(at), `${path}[*]`);
    else if (value !== null && typeof value === 'object') {
      for (const name of Object.keys(value)) this.replace(value, name, `${path}.${name}`);
    }
  }

  private visit(value: Json, path: string, found: (path: string) => void): void {
    if (typeof value === 'string') {
      if (holdsPlaceholder(value)) found(path);
    } else if (Array.isArray(value)) for (const each of value) this.visit(each, `${path}[*]`, found);
    else if (value !== null && typeof value === 'object') {
      for (const [name, each] of Object.entries(value)) this.visit(each, `${path}.${name}`, found);
    }
  }
}
