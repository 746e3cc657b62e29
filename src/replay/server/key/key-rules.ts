import type { Rule } from '../../../compare/rules/rule.js';
import type { Shape } from '../../../compare/rules/shapes.js';
import type { HttpFlow } from '../../../flow/flow.js';
import type { JsonPath, PathNode } from '../../../json-path/index.js';
import { canonicalJson, type Json } from './canonical-json.js';

type Mask = (text: string) => string;
type NamedKind = 'header' | 'param';

/** The rules of `ignore` for requests: which of them hold is judged by the request alone. */
export class KeyRuleSet {
  private readonly general: KeyRules | undefined;

  constructor(private readonly rules: readonly Rule[]) {
    if (rules.every(({ filter }) => !filter)) this.general = new KeyRules(rules);
  }

  /** The rules that hold for the request of a flow. */
  for(flow: HttpFlow): KeyRules {
    if (this.general) return this.general;
    return new KeyRules(this.rules.filter(({ filter }) => !filter || filter.evaluate(flow, 'request') === 'yes'));
  }
}

/** Rules that hold for one request: they take away what does not count, so that equal requests get the same key. */
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

  /** The value of a header or parameter, without what does not count. */
  value(kind: NamedKind, name: string, value: string): string {
    const shape = this.shaped.get(`${kind}:${name}`)?.find((each) => each.fits(value));
    return shape ? placeholder(shape) : this.text(value);
  }

  /** A text, without what does not count. */
  text(text: string): string {
    const shape = this.shapes.find((each) => each.fits(text));
    if (shape) return placeholder(shape);
    let masked = text;
    for (const mask of this.masks) masked = mask(masked);
    for (const { mask } of this.shapes) masked = mask(masked);
    return masked;
  }

  /** Whether texts may change. */
  get changesText(): boolean {
    return this.masks.length > 0 || this.shapes.length > 0;
  }

  /** A JSON value, without what does not count. It is changed in place. @throws PathLimitError */
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

  /** @param depth deeper values stay, as they are not compared by value either */
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

/** Stands for a value with a shape. */
function placeholder({ name }: Shape): string {
  return `\0${name}`;
}

/** Long integers are strings behind a NUL (`parseJson`). */
function plainNumber(value: unknown): unknown {
  return typeof value === 'string' && value.startsWith('\0') ? value.slice(1) : value;
}

/** An element of an array leaves null, so that the others keep their places. */
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
