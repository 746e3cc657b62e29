import { plural } from '../../flow/text/plural.js';
import { safeText, safeWireText } from '../../terminal/safe-text.js';
import type { Styles } from '../../terminal/styles.js';
import type { Difference } from '../difference.js';
import type { DifferenceGroups } from './groups.js';

/** Maximum number of differences of one flow to show. */
const MAX_SHOWN = 20;

type Shown = Pick<Difference, 'kind' | 'place' | 'was' | 'now'>;

/** A difference in one line: `$.price: 120 → 12`. */
export function differenceText(difference: Shown): string {
  const { was, now } = difference;
  return `${nameOf(difference)}: ${was ?? 'missing'} → ${now ?? 'missing'}`;
}

/** The lines of a flow that differs: its name, and its differences. */
export function flowLines(name: string, differences: readonly Difference[], styles: Styles): string[] {
  const lines = differences.slice(0, MAX_SHOWN).map((difference) => `  ${styled(difference, styles)}`);
  const more = differences.length - lines.length;
  if (more > 0) lines.push(styles.faint(`  … ${more} more`));
  return [styles.strong(safeWireText(name)), ...lines];
}

/** The lines of all groups. */
export function groupLines(groups: DifferenceGroups, styles: Styles): string[] {
  const lines: string[] = [];
  for (const [endpoint, each] of groups.sorted()) {
    lines.push(styles.strong(safeWireText(endpoint)));
    const width = String(each[0]!.count).length;
    for (const { kind, place, was, now, isUniform, count, endpoints } of each) {
      const where = endpoints === undefined ? '' : ` (in ${endpoints} endpoints)`;
      const rest = styles.faint(`${isUniform ? '' : ', …'}${where}`);
      lines.push(`  ${String(count).padStart(width)} × ${styled({ kind, place, was, now }, styles)}${rest}`);
    }
  }
  if (groups.others > 0) lines.push(styles.faint(`${plural(groups.others, 'difference')} in other places`));
  return lines;
}

function styled(difference: Shown, styles: Styles): string {
  const { kind, was, now } = difference;
  const name = safeText(nameOf(difference));
  const before = was === undefined ? styles.faint('missing') : safeText(was);
  const after = styles.bad(now === undefined ? 'missing' : safeText(now));
  return `${kind === 'status' || kind === 'error' ? styles.bad(name) : styles.name(name)}: ${before} → ${after}`;
}

function nameOf({ kind, place }: Shown): string {
  return kind === 'trailers' ? `trailer ${place}` : place;
}
