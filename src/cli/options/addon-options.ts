import { OptionSettingError, type ScriptOptions } from '../../addons/scripts/script-loader.js';
import type { AddonOption, AddonOptionType, AddonScalarType } from '../../flow/hooks/load-context.js';
import { UsageError } from '../process/exit-error.js';
import type { OptionDefinition } from './definition.js';
import { valuesIn } from './environment.js';
import { type Origin, resolveOption } from './resolve.js';
import type { Setting, UnclaimedSetting } from './setting.js';
import { camelCase, isOptionName, type Options } from './table/index.js';
import { bool, choice, int, type OptionType, path, seconds, size, str } from './types/types.js';

/** An addon option with its value. */
export interface AddonOptionEntry {
  readonly definition: OptionDefinition;
  readonly value: unknown;
  readonly origin: Origin;
}

type Entries = Map<string, AddonOptionEntry>;

/** The options that addons have added, and the settings that no option has claimed yet. */
export class AddonOptions {
  /** By script, in load order. */
  readonly scripts = new Map<string, Entries>();

  constructor(
    private readonly options: Options,
    private readonly unclaimed: readonly UnclaimedSetting[],
  ) {}

  /** Options of one version of a script; `commit` replaces those of the previous version. */
  open(script: string): ScriptOptions {
    const entries: Entries = new Map();
    const values: Record<string, unknown> = { ...this.options };
    for (const [other, theirs] of this.scripts) {
      if (other === script) continue;
      for (const [name, { value }] of theirs) values[camelCase(name)] = value;
    }
    return {
      values,
      add: (name, option) => {
        this.checkName(script, entries, name);
        const entry = this.resolve(name, definitionOf(option));
        entries.set(name, entry);
        values[camelCase(name)] = entry.value;
        return entry.value;
      },
      commit: () => void this.scripts.set(script, entries),
    };
  }

  /** Call this after all scripts are loaded. @throws UsageError for a setting without an option */
  refuseUnclaimed(): void {
    const names = [...this.scripts.values()].flatMap((entries) => [...entries.keys()]);
    for (const setting of this.unclaimed) if (!names.includes(setting.option)) throw setting.refusal(names);
  }

  private checkName(script: string, own: Entries, name: string): void {
    if (typeof name !== 'string' || !/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(name)) {
      throw new Error(`addOption: ${JSON.stringify(name)} is not a name in snake_case, such as api_key`);
    }
    if (isOptionName(name)) throw new Error(`addOption: tsdump itself has an option ${name}`);
    const owner = own.has(name)
      ? script
      : [...this.scripts].find(([other, theirs]) => other !== script && theirs.has(name))?.[0];
    if (owner !== undefined) throw new Error(`addOption: there is already an option ${name}, of ${owner}`);
  }

  private resolve(name: string, definition: OptionDefinition): AddonOptionEntry {
    const given = this.unclaimed
      .filter(({ option }) => option === name)
      .flatMap((setting) => elements(setting, definition));
    try {
      return { definition, ...resolveOption(definition, given) };
    } catch (error) {
      throw error instanceof UsageError ? new OptionSettingError(error.message) : error;
    }
  }
}

/** An environment variable may have several elements. */
function elements(setting: UnclaimedSetting, { arity }: OptionDefinition): Setting<string>[] {
  if (setting.source !== 'environment' || setting.text === undefined) return [setting];
  return valuesIn(setting.text, arity).map((text) => ({ ...setting, text }));
}

const TYPES: Readonly<Record<AddonScalarType, OptionType<unknown>>> = {
  str,
  path,
  int: int(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  seconds: seconds(0),
  size,
  bool,
};

/** @throws Error if the definition is invalid */
function definitionOf(option: AddonOption<AddonOptionType>): OptionDefinition {
  if (typeof option !== 'object' || option === null) throw new Error('addOption: expected { type, default, help }');
  const { type: text, default: value, help, choices } = option;
  const [, prefix = '', name = ''] = /^(optional |sequence of )?(.*)$/s.exec(String(text))!;
  if (!Object.hasOwn(TYPES, name)) {
    const names = Object.keys(TYPES).join(', ');
    throw new Error(
      `addOption: ${JSON.stringify(text)} is no type; expected ${names}, or one with "optional " or "sequence of " before it`,
    );
  }
  if (typeof help !== 'string' || help === '') throw new Error('addOption: help has to be a sentence');
  const type: OptionType<unknown> = choices ? choice(choices) : TYPES[name as AddonScalarType];
  const arity = prefix === '' ? 'one' : prefix === 'optional ' ? 'optional' : 'many';
  const initial = value ?? (arity === 'many' ? [] : undefined);
  checkDefault(initial, { type, arity, isText: name === 'str' || name === 'path', isBool: name === 'bool' });
  return {
    type,
    arity,
    default: initial,
    help,
    negated: undefined,
    flag: false,
    bare: undefined,
    short: undefined,
    metavar: type.metavar,
    confidential: false,
  };
}

/** What a default is checked against. */
interface DefaultType {
  type: OptionType<unknown>;
  arity: OptionDefinition['arity'];
  isText: boolean;
  isBool: boolean;
}

/** Checks that a default is a value of its type. */
function checkDefault(value: unknown, { type, arity, isText, isBool }: DefaultType): void {
  if (arity === 'optional' && value === undefined) return;
  if (arity === 'many' && !Array.isArray(value)) throw new Error('addOption: default has to be an array');
  const expected = isText ? 'string' : isBool ? 'boolean' : 'number';
  for (const each of arity === 'many' ? (value as unknown[]) : [value]) {
    let isValid = typeof each === expected;
    try {
      // A default must be valid as a user's value.
      if (isValid) type.parse(type.show(each));
    } catch {
      isValid = false;
    }
    if (!isValid) throw new Error(`addOption: ${JSON.stringify(each)} is no default for the type ${type.name}`);
  }
}
