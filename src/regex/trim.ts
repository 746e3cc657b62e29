import type { Regex } from './syntax.js';

/**
 * Shortens a regex without changing which texts it matches in: repetitions at its edges are reduced to their minimum.
 * `.*secret=\w+` matches wherever `secret=\w` does. A regex with references to groups is unchanged, as the groups would
 * capture other text.
 */
export function trimEdges(regex: Regex): Regex {
  return refersToGroups(regex) ? regex : trimEdge(trimEdge(regex, 'front'), 'back');
}

function trimEdge(regex: Regex, edge: 'front' | 'back'): Regex {
  switch (regex.type) {
    case 'repeat':
      // A possessive repetition is more than its required iterations: it leaves no characters for the following items.
      return regex.how === 'possessive' ? regex : { ...regex, max: regex.min };
    case 'alternatives':
      return { type: 'alternatives', items: regex.items.map((item) => trimEdge(item, edge)) };
    case 'sequence': {
      const items = edge === 'front' ? [...regex.items].reverse() : [...regex.items];
      while (items.length > 0) {
        const trimmed = trimEdge(items.pop()!, edge);
        if (trimmed.type === 'repeat' && trimmed.max === 0) continue;
        items.push(trimmed);
        break;
      }
      return { type: 'sequence', items: edge === 'front' ? items.reverse() : items };
    }
    default:
      return regex;
  }
}

function refersToGroups(regex: Regex): boolean {
  switch (regex.type) {
    case 'backreference':
    case 'conditional':
      return true;
    case 'sequence':
    case 'alternatives':
      return regex.items.some(refersToGroups);
    case 'repeat':
    case 'group':
    case 'atomic':
    case 'look':
      return refersToGroups(regex.item);
    default:
      return false;
  }
}
