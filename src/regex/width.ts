import type { Regex } from './syntax.js';

/** The number of characters that a regex matches, if it is fixed. */
export function fixedWidth(regex: Regex): number | undefined {
  switch (regex.type) {
    case 'set':
      return 1;
    case 'assertion':
    case 'look':
      return 0;
    case 'sequence':
      return sum(regex.items.map(fixedWidth));
    case 'alternatives':
      return same(regex.items.map(fixedWidth));
    case 'repeat': {
      const width = fixedWidth(regex.item);
      if (width === 0) return 0;
      return regex.min === regex.max && width !== undefined ? width * regex.min : undefined;
    }
    case 'group':
    case 'atomic':
      return fixedWidth(regex.item);
    case 'backreference':
      return regex.width;
    case 'conditional':
      return same([fixedWidth(regex.yes), fixedWidth(regex.no)]);
  }
}

function sum(widths: (number | undefined)[]): number | undefined {
  let total = 0;
  for (const width of widths) {
    if (width === undefined) return undefined;
    total += width;
  }
  return total;
}

function same(widths: (number | undefined)[]): number | undefined {
  return widths.every((width) => width === widths[0]) ? widths[0] : undefined;
}

/** Whether a regex can match without consuming a character. It errs on the side of yes. */
export function canBeEmpty(regex: Regex): boolean {
  switch (regex.type) {
    case 'set':
      return false;
    case 'sequence':
      return regex.items.every(canBeEmpty);
    case 'alternatives':
      return regex.items.some(canBeEmpty);
    case 'repeat':
      return regex.min === 0 || canBeEmpty(regex.item);
    case 'group':
    case 'atomic':
      return canBeEmpty(regex.item);
    default:
      return true;
  }
}

/** Whether an item that can match the empty text is repeated: engines differ in how they leave such a loop. */
export function repeatsEmpty(regex: Regex): boolean {
  switch (regex.type) {
    case 'sequence':
    case 'alternatives':
      return regex.items.some(repeatsEmpty);
    case 'repeat':
      return canBeEmpty(regex.item) || repeatsEmpty(regex.item);
    case 'group':
    case 'atomic':
    case 'look':
      return repeatsEmpty(regex.item);
    case 'conditional':
      return repeatsEmpty(regex.yes) || repeatsEmpty(regex.no);
    default:
      return false;
  }
}
