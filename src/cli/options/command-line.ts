import { Command, CommanderError, Option } from 'commander';
import { nearest } from '../../filters/nearest.js';
import { cut } from '../../flow/text/quote.js';
import { UsageError } from '../process/exit-error.js';
import type { OptionDefinition } from './definition.js';
import { confidentialError } from './environment.js';
import { absenceOf } from './mitmdump-options.js';
import { type OnUnclaimed, refuseUnclaimed, type Setting } from './setting.js';
import { isOptionName, OPTION_GROUPS, OPTIONS, type OptionName } from './table/index.js';
import { unknownOption } from './unknown-option.js';

/** Actions other than running the proxy or reading captures. */
type Action = 'help' | 'version' | 'options' | 'filter-help';

export interface CommandLine {
  readonly action: Action | undefined;
  readonly settings: readonly Setting[];
  /** Arguments that are not flags: a filter. */
  readonly words: readonly string[];
  /** The command after `--`, with its arguments. */
  readonly command: readonly [string, ...string[]] | undefined;
  /** The program with its flags, for the help text. */
  readonly program: Command;
}

const FILTER_OPTIONS: readonly OptionName[] = ['save_stream_filter', 'readfile_filter', 'dumper_filter'];

/**
 * Parses the arguments.
 * @param argv without the names of the runtime and the program
 * @param onUnclaimed called for `--set` of an option that tsdump does not have; by default it is an error
 * @throws UsageError
 */
export function parseCommandLine(argv: readonly string[], onUnclaimed: OnUnclaimed = refuseUnclaimed): CommandLine {
  const settings: Setting[] = [];
  const actions: Action[] = [];
  const program = new Command('tsdump')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .helpOption(false);
  program.argument('[filter...]');
  addTableFlags(program, settings);
  addOwnFlags(program, { settings, actions, onUnclaimed });

  const { own, command } = splitCommand(argv);
  const { operands, unknown } = parseOptions(program, withBareValues(own));
  const unknownFlag = unknown[0] ?? operands.find((word) => /^-\d/.test(word));
  if (unknownFlag !== undefined) throw unknownFlagError(unknownFlag, program);
  const text = operands.join(' ');
  for (const option of FILTER_OPTIONS) {
    if (text.trim()) settings.push({ option, text, source: 'shorthand', place: 'filter argument' });
  }
  return { action: actions[0], settings, words: operands, command, program };
}

function addTableFlags(program: Command, settings: Setting[]): void {
  for (const { title, options } of OPTION_GROUPS) {
    for (const [name, definition] of Object.entries(options) as [OptionName, OptionDefinition][]) {
      for (const { flags, long, text } of flagsOf(name, definition)) {
        const usual = text !== String(definition.default);
        const flag = new Option(flags, describe(definition)).helpGroup(`${title}:`).hideHelp(!usual);
        program.addOption(flag);
        program.on(`option:${flag.name()}`, (value: string | undefined) =>
          settings.push({ option: name, text: text ?? value, source: 'command line', place: long }),
        );
      }
    }
  }
}

interface Flag {
  /** In commander's syntax: `-p, --listen-port <PORT>`. */
  flags: string;
  long: string;
  /** The value that the flag sets, if it takes no argument. */
  text: string | undefined;
}

/** The flags of an option. A bool has two; the one for the default comes second. */
export function flagsOf(name: OptionName, definition: OptionDefinition): Flag[] {
  const { flag, bare, short, type, metavar, default: value } = definition;
  if (!flag) return [];
  const dashed = typeof flag === 'string' ? flag : name.replaceAll('_', '-');
  const letter = short ? `-${short}, ` : '';
  if (type.name !== 'bool')
    return [{ flags: `${letter}--${dashed} ${valueText(metavar, bare)}`, long: `--${dashed}`, text: undefined }];
  const yes = { long: `--${dashed}`, text: 'true' };
  const no = { long: `--no-${dashed}`, text: 'false' };
  const [usual, other] = value ? [no, yes] : [yes, no];
  return [
    { ...usual, flags: letter + usual.long },
    { ...other, flags: other.long },
  ];
}

/** An optional value is in brackets. */
function valueText(metavar: string, bare: string | undefined): string {
  return bare === undefined ? `<${metavar}>` : `[${metavar}]`;
}

/** Joins flags that have an optional value with that value, or with its default: a filter after the flag is not a value. */
function withBareValues(argv: readonly string[]): string[] {
  const bare = new Map<string, OptionDefinition>();
  for (const { options } of OPTION_GROUPS) {
    for (const [name, definition] of Object.entries(options) as [OptionName, OptionDefinition][]) {
      if (definition.bare !== undefined) bare.set(flagsOf(name, definition)[0]!.long, definition);
    }
  }
  const words: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    const definition = bare.get(word);
    if (!definition) words.push(word);
    else if (isValue(definition, argv[at + 1])) words.push(`${word}=${argv[++at]}`);
    else words.push(`${word}=${definition.bare}`);
  }
  return words;
}

function isValue({ type }: OptionDefinition, word: string | undefined): boolean {
  if (word === undefined) return false;
  try {
    type.parse(word);
    return true;
  } catch {
    return false;
  }
}

function describe({ help: meaning, negated, type, arity, default: value }: OptionDefinition): string {
  const help = negated ?? meaning;
  const shown = arity === 'many' ? (value as unknown[]).map((each) => type.show(each)).join(' ') : undefined;
  const text = value === undefined || type.name === 'bool' ? '' : (shown ?? type.show(value));
  return text === '' ? help : `${help} (default: ${text})`;
}

/** Receives the settings and actions of the command line. */
interface Found {
  settings: Setting[];
  actions: Action[];
  onUnclaimed: OnUnclaimed;
}

function addOwnFlags(program: Command, { settings, actions, onUnclaimed }: Found): void {
  const add = (title: string, flags: string, help: string, seen: (value: string) => void) => {
    const option = new Option(flags, help).helpGroup(`${title}:`);
    program.addOption(option);
    program.on(`option:${option.name()}`, seen);
  };
  const shorthand = (place: string, verbosity: string, detail: string) => () => {
    settings.push({ option: 'termlog_verbosity', text: verbosity, source: 'shorthand', place });
    settings.push({ option: 'flow_detail', text: detail, source: 'shorthand', place });
  };
  add('Display', '-q, --quiet', 'Log only errors and show no flows.', shorthand('--quiet', 'error', '0'));
  add('Display', '-v, --verbose', 'Log everything and show headers.', shorthand('--verbose', 'debug', '2'));
  add('All options', '--set <NAME=VALUE>', 'Set any option; may be given several times.', (value) => {
    addSetting(value, settings, onUnclaimed);
  });
  add('All options', '--options', 'Print all options with their values, as a config file.', () =>
    actions.push('options'),
  );
  add('About', '--filter-help', 'Explain filter expressions.', () => actions.push('filter-help'));
  add('About', '--version', 'Print the versions of tsdump and Node.js.', () => actions.push('version'));
  add('About', '-h, --help', 'Print this help.', () => actions.unshift('help'));
}

/** Parses `--set name=value` and `--set name`. */
function addSetting(argument: string, settings: Setting[], onUnclaimed: OnUnclaimed): void {
  const equals = argument.indexOf('=');
  const name = equals < 0 ? argument : argument.slice(0, equals);
  const text = equals < 0 ? undefined : argument.slice(equals + 1);
  const place = `--set ${cut(name)}`;
  const setting = { text, source: 'command line', place, bySet: true } as const;
  if (isOptionName(name)) settings.push({ option: name, ...setting });
  else onUnclaimed({ option: name, ...setting, refusal: (others) => unknownOption(place, name, undefined, others) });
}

/** Splits at the first `--`, which precedes a command. */
function splitCommand(argv: readonly string[]): { own: readonly string[]; command: CommandLine['command'] } {
  const at = argv.indexOf('--');
  if (at < 0) return { own: argv, command: undefined };
  const [program, ...rest] = argv.slice(at + 1);
  if (!program)
    throw new UsageError(
      'expected a command after --, such as: tsdump -w flows.bin -- npm test',
      'option-value-missing',
    );
  return { own: argv.slice(0, at), command: [program, ...rest] };
}

function parseOptions(program: Command, argv: readonly string[]): ReturnType<Command['parseOptions']> {
  try {
    return program.parseOptions([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      const code = error.code === 'commander.optionMissingArgument' ? 'option-value-missing' : 'usage';
      throw new UsageError(error.message.replace(/^error: /, ''), code);
    }
    throw error;
  }
}

function unknownFlagError(argument: string, program: Command): UsageError {
  // A short flag may be followed directly by its value.
  const flag = argument.startsWith('--') ? argument.replace(/=.*$/s, '') : [...argument].slice(0, 2).join('');
  const name = flag.replace(/^--(no-)?/, '').replaceAll('-', '_');
  const absence = absenceOf(name);
  if (absence) return new UsageError(`${flag} is ${absence}`, 'option-unknown');
  const flags = program.options.map((option) => option.long ?? '');
  if (flags.includes(flag)) return new UsageError(`${flag} takes no value: ${argument}`, 'option-value');
  const dashed = flag.replaceAll('_', '-');
  if (isOptionName(name) && !flags.includes(dashed)) {
    if (OPTIONS.get(name)?.confidential) return confidentialError(flag, name);
    return new UsageError(`there is no flag ${flag}; write --set ${name}=VALUE`, 'option-unknown');
  }
  const guess = flag.startsWith('--') ? nearest(dashed, flags) : undefined;
  const hint = guess ? ` (did you mean ${guess}?)` : '; --help lists them';
  return new UsageError(`there is no flag ${cut(flag)}${hint}`, 'option-unknown');
}
