import type { Rule } from '../../../compare/rules/rule.js';
import type { Shape } from '../../../compare/rules/shapes.js';
import type { HttpFlow } from '../../../flow/flow.js';
import type { JsonPath, PathNode } from '../../../json-path/index.js';
import { canonicalJson, type Json } from './canonical-json.js';

type Mask = (text: string) => string;
type NamedKind = 'header' | 'param';

/** The rules of `ignore` for requests. Their filters are evaluated on the request only. */
export class KeyRuleSet {
  private readonly general: KeyRules | undefined;

  constructor(private readonly rules: readonly Rule[]) {
    if (rules.every(({ filter }) => !filter)) this.general = new KeyRules(rules);
  }

  /** The rules that apply to the request of a flow. */
  for(flow: HttpFlow): KeyRules {
    if (this.general) return this.general;
    return new KeyRules(this.rules.filter(({ filter }) => !filter || filter.evaluate(flow, 'request') === 'yes'));
  }
}

/** The rules for one request. They remove the parts to ignore, so that equivalent requests get the same key. */
export class KeyRules {
  readonly ignoresBody: boolean = false;
  private readonly ignored = new Set<string>();
  private readonly shaped = new Map<string, Shape[]>();
  private readonly shapes: Shape[] = [];
  private readonly masks: Mask[] = [];
  private readonly removals: JsonPath[] = [];
  private readonly jsonShapes: { path: JsonPath; shape: Shape }[] = [];
  private readonly orders: JsonPath[] = [];

  constructor(rules: readonly Rule[]) {
    for (const { effect } of rules) {
      if (effect.type === 'order') this.orders.push(effect.path);
      else if (effect.type === 'text') this.masks.push(effect.mask);
      else if (effect.type === 'ignore') {
        const { place } = effect;
        if (place.kind === 'json') this.removals.push(place.path);
        else if (place.kind === 'body') this.ignoresBody = true;
        else this.ignored.add(`${place.kind}:${place.name}`);
      } else this.addShape(effect.shape, effect.place);
    }
  }

  ignores(kind: NamedKind, name: string): boolean {
    return this.ignored.has(`${kind}:${name}`);
  }

  /** The value of a header or parameter, without the parts to ignore. */
  value(kind: NamedKind, name: string, value: string): string {
    const shape = this.shaped.get(`${kind}:${name}`)?.find((each) => each.fits(value));
    return shape ? placeholder(shape) : this.text(value);
  }

  /** A text, without the parts to ignore. */
  text(text: string): string {
    const shape = this.shapes.find((each) => each.fits(text));
    if (shape) return placeholder(shape);
    let masked = text;
    for (const mask of this.masks) masked = mask(masked);
    for (const { mask } of this.shapes) masked = mask(masked);
    return masked;
  }

  /** Whether rules apply to text. */
  get changesText(): boolean {
    return this.masks.length > 0 || this.shapes.length > 0;
  }

  /** A JSON value, without the parts to ignore. It is modified in place. @throws PathLimitError */
  json(value: Json): Json {
    const root = { value };
    for (const path of this.removals) for (const node of path.select(root.value)) remove(root, node);
    for (const { path, shape } of this.jsonShapes) {
      for (const node of path.select(root.value)) {
        if (shape.fits(plainNumber(node.value))) replace(root, node, placeholder(shape));
      }
    }
    if (this.changesText) root.value = this.walk(root.value, 0);
    for (const path of this.orders) for (const { value } of path.select(root.value)) sort(value);
    return root.value;
  }

  private addShape(shape: Shape, place: (Rule['effect'] & { type: 'shape' })['place']): void {
    if (!place) this.shapes.push(shape);
    else if (place.kind === 'json') this.jsonShapes.push({ path: place.path, shape });
    else if (place.kind !== 'body') {
      const name = `${place.kind}:${place.name}`;
      this.shaped.set(name, [...(this.shaped.get(name) ?? []), shape]);
    }
  }

  /** @param depth values below the maximum depth are not modified, since they are compared as bytes */
  private walk(value: Json, depth: number): Json {
    if (typeof value === 'string') return this.text(value);
    if (value === null || typeof value !== 'object') {
      const shape = this.shapes.find((each) => each.fits(value));
      return shape ? placeholder(shape) : value;
    }
    if (depth > DEEPEST) return value;
    const members = value as Record<string, Json>;
    for (const key of Object.keys(members)) members[key] = this.walk(members[key]!, depth + 1);
    return value;
  }
}

const DEEPEST = 500;

/** Replaces a value that matches a shape. */
function placeholder({ name }: Shape): string {
  return `\0${name}`;
}

/** Undoes the NUL prefix of long integers (`parseJson`). */
function plainNumber(value: unknown): unknown {
  return typeof value === 'string' && value.startsWith('\0') ? value.slice(1) : value;
}

/** Removes a value. In an array, null replaces it, so that other elements keep their index. */
function remove(root: { value: Json }, { parent, key }: PathNode): void {
  if (!parent) root.value = null;
  else if (Array.isArray(parent.value)) parent.value[key as number] = null;
  else delete (parent.value as Record<string, Json>)[key!];
}

function replace(root: { value: Json }, { parent, key }: PathNode, value: Json): void {
  if (!parent) root.value = value;
  else (parent.value as Record<string | number, Json>)[key!] = value;
}

function sort(value: unknown): void {
  if (!Array.isArray(value)) return;
  const texts = new Map(value.map((element: Json) => [element, canonicalJson(element) ?? '']));
  value.sort((one: Json, other: Json) =>
    texts.get(one)! < texts.get(other)! ? -1 : texts.get(one) === texts.get(other) ? 0 : 1,
  );
}
