import type { Rule } from './rule.js';
import { type PathRule, plainRoot, type RulePlace } from './rule-place.js';
import type { Shape } from './shapes.js';

export type NamedKind = 'header' | 'cookie' | 'param';

/** The rules that apply to one flow, sorted by kind of place. */
export class AppliedRules {
  /** Rules with a path into JSON: `ignore`, `shape` and `order`. */
  readonly paths: readonly PathRule[];
  /** The same for any document; undefined if a path depends on the document. */
  readonly plainRoot: RulePlace | undefined;
  private readonly ignored = new Map<string, Rule>();
  private readonly shaped = new Map<string, Rule[]>();
  private readonly everywhere: readonly Rule[];

  /** @param onUse called when a rule has matched a value */
  constructor(
    rules: readonly Rule[],
    readonly onUse: (rule: Rule) => void,
  ) {
    const paths: PathRule[] = [];
    const everywhere: Rule[] = [];
    for (const rule of rules) {
      const { effect } = rule;
      if (effect.type === 'order') paths.push({ rule, path: effect.path });
      else if (!effect.place) everywhere.push(rule);
      else if (effect.place.kind === 'json') paths.push({ rule, path: effect.place.path });
      else {
        const key = effect.place.kind === 'body' ? 'body' : keyOf(effect.place.kind, effect.place.name);
        if (effect.type === 'ignore') this.ignored.set(key, rule);
        else this.shaped.set(key, [...(this.shaped.get(key) ?? []), rule]);
      }
    }
    this.paths = paths;
    this.plainRoot = plainRoot(paths);
    this.everywhere = everywhere;
  }

  /** Whether there are rules without a place. */
  get applyEverywhere(): boolean {
    return this.everywhere.length > 0;
  }

  /** Whether a header, cookie or parameter is not compared. @param name of a header: in lower case */
  ignores(kind: NamedKind, name: string): boolean {
    return this.use(this.ignored.get(keyOf(kind, name)));
  }

  /** Whether bodies are not compared. */
  get ignoresBody(): boolean {
    return this.use(this.ignored.get('body'));
  }

  /** Whether a header, cookie or parameter with these values is taken as unchanged. */
  accepts(kind: NamedKind, name: string, recorded: string, replayed: string): boolean {
    const shaped = this.shaped.get(keyOf(kind, name));
    if (shaped && this.fit(shaped, recorded, replayed)) return true;
    return this.acceptsValue(recorded, replayed);
  }

  /** Whether the rules without a place make two different values equal. */
  acceptsValue(recorded: unknown, replayed: unknown): boolean {
    if (this.fit(this.everywhere, recorded, replayed)) return true;
    return typeof recorded === 'string' && typeof replayed === 'string' && this.acceptsText(recorded, replayed);
  }

  /** Whether two texts are equal after rules have removed their matches. */
  acceptsText(recorded: string, replayed: string): boolean {
    if (this.everywhere.length === 0) return false;
    let first = recorded;
    let second = replayed;
    const matched: Rule[] = [];
    for (const rule of this.everywhere) {
      const mask = maskOf(rule);
      if (!mask) continue;
      const before = first;
      first = mask(first);
      second = mask(second);
      if (before !== first) matched.push(rule);
      if (first !== second) continue;
      for (const each of matched) this.onUse(each);
      return true;
    }
    return false;
  }

  /** A text without the matches of the rules for all texts. */
  masked(text: string): string {
    let masked = text;
    for (const rule of this.everywhere) {
      const before = masked;
      masked = maskOf(rule)?.(masked) ?? masked;
      if (masked !== before) this.onUse(rule);
    }
    return masked;
  }

  /** The first shape of the value among the rules without a place. */
  shapeOf(value: unknown): string | undefined {
    for (const { effect } of this.everywhere) {
      if (effect.type === 'shape' && effect.shape.fits(value)) return effect.shape.name;
    }
    return undefined;
  }

  /** Whether the shape of a rule fits both values, or its shape or regex covers all differences between two texts. */
  fit(rules: readonly Rule[], recorded: unknown, replayed: unknown): boolean {
    for (const rule of rules) {
      const { effect } = rule;
      if (effect.type === 'text') {
        // Those without a place are applied to texts after all others, see `acceptsText`.
        if (!effect.place || !differOnlyIn(effect, recorded, replayed)) continue;
      } else {
        if (effect.type !== 'shape') continue;
        const { shape } = effect;
        const bothFit = shape.fits(recorded) && shape.fits(replayed);
        if (!bothFit && !differOnlyIn(shape, recorded, replayed)) continue;
      }
      this.onUse(rule);
      return true;
    }
    return false;
  }

  private use(rule: Rule | undefined): boolean {
    if (rule) this.onUse(rule);
    return rule !== undefined;
  }
}

function maskOf({ effect }: Rule): ((text: string) => string) | undefined {
  if (effect.type === 'text') return effect.mask;
  return effect.type === 'shape' ? effect.shape.mask : undefined;
}

function differOnlyIn({ mask }: Pick<Shape, 'mask'>, recorded: unknown, replayed: unknown): boolean {
  return typeof recorded === 'string' && typeof replayed === 'string' && mask(recorded) === mask(replayed);
}

function keyOf(kind: NamedKind, name: string): string {
  return `${kind}:${name}`;
}
