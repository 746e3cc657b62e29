import { escapedText } from '../../terminal/safe-text.js';
import type { OptionDefinition } from './definition.js';
import type { ResolvedOptions } from './resolve.js';
import { camelCase, OPTION_GROUPS, type OptionName } from './table/index.js';
import { wrap } from './wrap.js';

/** All options with their values and what they mean, as a config file (`--options`). */
export function optionListing({ values, origins }: ResolvedOptions): string {
  const lines: string[] = [];
  for (const { title, options } of OPTION_GROUPS) {
    lines.push(`# ${title}`, '');
    for (const [name, definition] of Object.entries(options) as [OptionName, OptionDefinition][]) {
      const value = (values as unknown as Record<string, unknown>)[camelCase(name)];
      const origin = origins.get(name)!;
      lines.push(...wrap(`${definition.help} (${typeText(definition)})`, 98).map((line) => `# ${line}`));
      if (origin.source !== 'default') {
        lines.push(`# Set by ${escapedText(origin.place)}; default ${yamlText(definition, definition.default)}.`);
      }
      // The config file is found through it, so it cannot stand in it.
      const prefix = name === 'confdir' ? '# ' : '';
      lines.push(`${prefix}${name}: ${yamlText(definition, value)}`, '');
    }
  }
  return lines.join('\n');
}

/** The type as docs show it: `optional str`, `sequence of str`, `choice: eager, lazy`. */
export function typeText({ type, arity }: OptionDefinition): string {
  const words = type.words ? `one of ${type.words.join(', ')}` : type.name;
  if (arity === 'optional') return `optional ${words}`;
  return arity === 'many' ? `sequence of ${words}` : words;
}

/** A value in YAML's flow style; what could be taken for something else is quoted as JSON, which is YAML, too. */
function yamlText({ type, arity }: OptionDefinition, value: unknown): string {
  const scalar = (each: unknown) => {
    const text = type.show(each);
    // Escapes such as \x9b are those of YAML's double-quoted style, too.
    return type.name === 'str' ? escapedText(JSON.stringify(text)) : text;
  };
  if (arity === 'many') return `[${(value as unknown[]).map(scalar).join(', ')}]`;
  return value === undefined ? 'null' : scalar(value);
}
