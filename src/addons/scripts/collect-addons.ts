import { compileFilter, FilterError, filterHints } from '../../filters/index.js';
import { nearest } from '../../filters/nearest.js';
import type { FlowFilter } from '../../flow/filter.js';
import { type Addon, HOOK_NAMES, type HookName } from '../../flow/hooks/hooks.js';
import type { ScriptAddon } from '../../flow/hooks/load-context.js';
import type { Exports } from './evaluate.js';
import { describeValue } from './guard/checked-properties.js';
import { guardHook } from './guard/guard-hook.js';
import { problemAt, ScriptError, thrownText } from './script-error.js';
import type { SourceIndex } from './source-index.js';
import { locationText, type SourceLocation } from './source-location.js';

/** An addon of a script, ready for the dispatcher. */
export interface CollectedAddon {
  readonly addon: Addon;
  /** Undefined if the addon does not define it. */
  readonly load: ScriptAddon['load'];
  /** Applies the properties that `load` has set, such as a filter from an option. @returns warnings @throws ScriptError */
  update(): readonly string[];
  /** The location where a hook is defined. */
  location(hook: string): SourceLocation;
}

/** The addons that a script exports. */
export interface Collected {
  readonly addons: readonly CollectedAddon[];
  /** Warnings about probable mistakes. */
  readonly warnings: readonly string[];
}

/** Properties of an addon that are not hooks. */
const PROPERTIES = ['filter', 'name', 'hold', 'observes', 'observesBodies', 'workers'] as const;

/** The valid values of these properties, except the filter. */
const VALID_VALUES: Readonly<
  Record<Exclude<(typeof PROPERTIES)[number], 'filter'>, { expected: string; isValid: (value: unknown) => boolean }>
> = {
  name: { expected: 'a string', isValid: (value) => typeof value === 'string' },
  hold: { expected: "'always'", isValid: (value) => value === 'always' },
  observes: { expected: 'true or false', isValid: (value) => typeof value === 'boolean' },
  observesBodies: { expected: 'true or false', isValid: (value) => typeof value === 'boolean' },
  workers: { expected: '1', isValid: (value) => value === 1 },
};

/**
 * Finds the addons of a script: hooks among its named exports, and its default export, which is an addon, a class, or an array
 * of these.
 * @param name of the script, for addons without one @param timeout seconds for asynchronous hooks; 0 for no limit
 * @throws ScriptError with all mistakes
 */
export function collectAddons(exports: Exports, index: SourceIndex, name: string, timeout: number): Collected {
  const collector = new Collector(exports, index, name, timeout);
  collector.module();
  if ('default' in exports) collector.defaultExport(exports.default);
  return collector.finish();
}

class Collector {
  private readonly addons: CollectedAddon[] = [];
  private readonly warnings: string[] = [];
  private readonly problems: string[] = [];

  constructor(
    private readonly exports: Exports,
    private readonly index: SourceIndex,
    private readonly name: string,
    private readonly timeout: number,
  ) {}

  finish(): Collected {
    if (this.problems.length > 0) throw new ScriptError(this.problems);
    if (this.addons.length === 0) {
      const location = { ...this.index.exported('default'), line: 1, column: 1 };
      this.warnings.push(
        `${locationText(location)}: it exports no hook, so nothing is called; docs/addons.md has their names`,
      );
    }
    return { addons: this.addons, warnings: this.warnings };
  }

  module(): void {
    const { exports } = this;
    const location = (key: string) => this.index.exported(key);
    const keys = Object.keys(exports).filter((key) => key !== 'default' && typeof exports[key] === 'function');
    if (Array.isArray(exports.addons)) {
      this.warnings.push(
        `${locationText(location('addons'))}: write "export default" in place of "export const addons ="`,
      );
    }
    this.add(exports, undefined, keys, location);
  }

  defaultExport(value: unknown): void {
    const list = Array.isArray(value) ? value : [value];
    for (const [at, each] of list.entries())
      this.element(each, Array.isArray(value) ? `element ${at} of the list` : 'it');
  }

  private element(value: unknown, subject: string): void {
    const location = this.index.exported('default');
    let target = value;
    if (typeof value === 'function') {
      if (!isClass(value)) {
        const hint = value.name && value.name !== 'default' ? `; write "export function ${value.name}" for a hook` : '';
        this.problems.push(
          problemAt(location, `export default: ${subject} is a function, not an addon or a class${hint}`),
        );
        return;
      }
      try {
        target = new (value as new () => unknown)();
      } catch (error) {
        this.problems.push(`${locationText(location)}: new ${value.name}() failed: ${thrownText(error)}`);
        return;
      }
    }
    if (typeof target !== 'object' || target === null) {
      this.problems.push(
        `${locationText(location)}: export default: ${subject} is ${describeValue(target)}, not an addon or a class`,
      );
      return;
    }
    const object = target as Exports;
    this.add(object, object, memberNames(object), (key) => this.index.member('default', key));
  }

  /** @param target `this` of its hooks @param keys names of its functions, for hints */
  private add(
    source: Exports,
    target: object | undefined,
    keys: readonly string[],
    location: (key: string) => SourceLocation,
  ): void {
    const hooks = [...HOOK_NAMES, 'load'].filter(
      (hook) => hook in source && this.isHook(source, hook, target, location),
    );
    for (const key of keys) this.checkName(key, location);
    if (hooks.length === 0) return;
    const addon: Record<string, unknown> = { name: this.name };
    const values = new Map<string, unknown>();
    const update = (): void => {
      for (const key of PROPERTIES) {
        // Settings that the module exports apply to its default export, too.
        const isOwn = source[key] !== undefined;
        const value = isOwn ? source[key] : this.exports[key];
        if (value === values.get(key)) continue;
        values.set(key, value);
        if (value === undefined) addon[key] = key === 'name' ? this.name : undefined;
        else addon[key] = this.property(key, value, isOwn ? location(key) : this.index.exported(key));
      }
    };
    update();
    for (const hook of hooks) {
      if (hook === 'load') continue;
      const ofRequest = hook === 'requestHeaders' || hook === 'request';
      addon[hook] = guardHook(source[hook] as never, target, this.timeout, ofRequest);
    }
    const load = hooks.includes('load') ? (source.load as ScriptAddon['load'])!.bind(target as never) : undefined;
    this.addons.push({ addon: addon as Addon, load, location, update: () => this.checked(update) });
  }

  /** @returns the warnings of a step after `finish` @throws ScriptError */
  private checked(step: () => void): readonly string[] {
    const before = this.warnings.length;
    step();
    if (this.problems.length > 0) throw new ScriptError(this.problems);
    return this.warnings.slice(before);
  }

  private isHook(
    source: Exports,
    hook: string,
    target: object | undefined,
    location: (key: string) => SourceLocation,
  ): boolean {
    const value = source[hook];
    if (typeof value === 'function') return true;
    if (value === undefined && target) return false;
    const problem = `the hook ${hook} must be a function, not ${describeValue(value)}`;
    this.problems.push(problemAt(location(hook), problem));
    return false;
  }

  private checkName(key: string, location: (key: string) => SourceLocation): void {
    if ((HOOK_NAMES as readonly string[]).includes(key) || key === 'load') return;
    const meant = nearMiss(key);
    if (meant === undefined) return;
    this.warnings.push(`${locationText(location(key))}: ${key} is no hook and is never called; did you mean ${meant}?`);
  }

  private property(key: (typeof PROPERTIES)[number], value: unknown, location: SourceLocation): unknown {
    if (key === 'filter') return this.filter(value, location);
    const { expected, isValid } = VALID_VALUES[key];
    if (!isValid(value))
      this.problems.push(problemAt(location, `${key} has to be ${expected}, and is ${describeValue(value)}`));
    return value;
  }

  private filter(value: unknown, location: SourceLocation): FlowFilter | undefined {
    if (isFilter(value)) return value;
    if (typeof value !== 'string') {
      this.problems.push(problemAt(location, `filter has to be a string, and is ${describeValue(value)}`));
      return undefined;
    }
    try {
      const filter = value.trim() === '' ? undefined : compileFilter(value);
      if (filter) this.warnings.push(...filterHints(value).map((hint) => `${locationText(location)}: ${hint}`));
      return filter;
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      this.problems.push(`${locationText(location)}: ${error.message}`);
      return undefined;
    }
  }
}

function isFilter(value: unknown): value is FlowFilter {
  return typeof value === 'object' && value !== null && typeof (value as FlowFilter).evaluate === 'function';
}

/** Classes of ES2015, and functions with hooks on their prototype. */
function isClass(value: { prototype?: unknown }): boolean {
  if (/^class\b/.test(Function.prototype.toString.call(value))) return true;
  const { prototype } = value;
  return typeof prototype === 'object' && prototype !== null && HOOK_NAMES.some((hook) => hook in prototype);
}

/** Names of methods; getters are not evaluated. */
function memberNames(object: object): string[] {
  const names = new Set<string>();
  for (let each = object; each && each !== Object.prototype; each = Object.getPrototypeOf(each)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(each))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name);
    }
  }
  return [...names];
}

/** Hooks of mitmproxy with another name in tsdump, without underscores. */
const RENAMED: ReadonlyMap<string, HookName> = new Map([
  ['tlsclienthello', 'clientHello'],
  ['clientconnect', 'clientConnected'],
  ['clientdisconnect', 'clientDisconnected'],
  ['serverdisconnect', 'serverDisconnected'],
  ['httpconnected', 'serverConnected'],
  ['socks5auth', 'authenticate'],
]);

const BY_LOWER_CASE: ReadonlyMap<string, string> = new Map(
  [...HOOK_NAMES, 'load'].map((name) => [name.toLowerCase(), name]),
);

/**
 * The hook that a wrong name probably means: `reqest`, `response_headers`, `onRequest`.
 * @param name of a function that a script exports
 */
export function nearMiss(name: string): string | undefined {
  const plain = name.replaceAll('_', '').toLowerCase();
  const bare = /^(?:on|handle)_?[A-Z_]/.test(name) ? plain.replace(/^(?:on|handle)/, '') : plain;
  const exact = BY_LOWER_CASE.get(bare) ?? RENAMED.get(bare);
  if (exact !== undefined) return exact;
  // Short names are similar to many words.
  const guess = nearest(bare, BY_LOWER_CASE.keys(), bare.length < 6 ? 0 : bare.length < 9 ? 1 : 2);
  return guess === undefined ? undefined : BY_LOWER_CASE.get(guess);
}
