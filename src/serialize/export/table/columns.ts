import { PathError } from '../../../json-path/index.js';
import { type Column, ColumnError } from './column.js';
import { memberColumn } from './member-column.js';
import { NAMED_COLUMNS } from './named-columns.js';

/** The default columns of a table. */
export const DEFAULT_COLUMNS = 'time,method,url,status,type,size,duration';

/** The short names of columns. */
export const COLUMN_NAMES: readonly string[] = Object.keys(NAMED_COLUMNS);

/**
 * Parses a list of columns, separated by commas. A comma within brackets or quotes belongs to a path.
 * @throws ColumnError
 */
export function parseColumns(text: string): Column[] {
  const columns: Column[] = [];
  let offset = 0;
  for (const part of splitList(text)) {
    const name = part.trim();
    const start = offset + part.indexOf(name);
    if (name === '') throw new ColumnError('the name of a column is missing', start);
    columns.push({ name, value: readerOf(name, start) });
    offset += part.length + 1;
  }
  return columns;
}

function readerOf(name: string, start: number): Column['value'] {
  if (Object.hasOwn(NAMED_COLUMNS, name)) return NAMED_COLUMNS[name]!;
  try {
    const read = /^\w+[.[]|^\w+$/.test(name) ? memberColumn(name) : undefined;
    if (read) return read;
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    throw new ColumnError(`${name} has an invalid path: ${error.message}`, start);
  }
  throw new ColumnError(`${JSON.stringify(name)} is not a column`, start);
}

function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quote) {
      if (character === '\\') at++;
      else if (character === quote) quote = '';
    } else if (depth > 0 && (character === '"' || character === "'")) quote = character;
    else if (character === '[') depth++;
    else if (character === ']') depth--;
    else if (character === ',' && depth <= 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
