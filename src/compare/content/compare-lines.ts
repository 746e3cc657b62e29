import { commonEnds } from '../common-ends.js';
import { type Difference, type DifferenceKind, shorten } from '../difference.js';
import type { Equality } from '../equality.js';

/** Maximum number of edits; beyond it, lines are compared by number. */
const MAX_EDITS = 200;
/** Maximum number of lines with differences to list. */
const MAX_LISTED = 100;
/** Replaces text that rules have removed. */
const TAKEN = '…';

/** Compares two texts line by line. Inserted and removed lines do not shift the comparison of later lines. */
export function compareLines(
  kind: DifferenceKind,
  recorded: string,
  replayed: string,
  equality: Equality,
): Difference[] {
  if (equality.texts(recorded, replayed)) return [];
  const was = linesOf(equality.expected(recorded, replayed), equality);
  const now = linesOf(replayed, equality);
  const changes = alignLines(was, now);
  return changes.slice(0, MAX_LISTED).map(([first, second]) => {
    const line = (second ?? first)! + 1;
    const recordedLine = first === undefined ? undefined : was[first]!;
    const replayedLine = second === undefined ? undefined : now[second]!;
    const shown = shownLines(recordedLine, replayedLine);
    const values = { place: 'text', recorded: recordedLine, replayed: replayedLine };
    return { kind, place: `line ${line}`, group: 'text', ...shown, values };
  });
}

function linesOf(text: string, { rules }: Equality): string[] {
  return rules.masked(text).replaceAll('\0', TAKEN).split(/\r?\n/);
}

/** Both lines, cut to begin shortly before the first difference. */
function shownLines(
  was: string | undefined,
  now: string | undefined,
): { was: string | undefined; now: string | undefined } {
  if (was === undefined || now === undefined)
    return { was: was && shorten(was.trim()), now: now && shorten(now.trim()) };
  let start = 0;
  while (start < was.length && was[start] === now[start]) start++;
  const from = start > 40 ? start - 20 : 0;
  const cut = (text: string) => shorten((from > 0 ? `…${text.slice(from)}` : text).trim());
  return { was: cut(was), now: cut(now) };
}

type LinePair = readonly [first: number | undefined, second: number | undefined];

/** The lines that differ: pairs that were changed, and single lines that were removed or inserted. */
function alignLines(was: readonly string[], now: readonly string[]): LinePair[] {
  const { start, tail } = commonEnds(was, now);
  const middle = [was.slice(start, was.length - tail), now.slice(start, now.length - tail)] as const;
  const blocks = changedBlocks(...middle) ?? [[0, middle[0].length, 0, middle[1].length] as const];
  return blocks.flatMap(([first, firstEnd, second, secondEnd]) =>
    Array.from(
      { length: Math.max(firstEnd - first, secondEnd - second) },
      (_, at): LinePair => [
        first + at < firstEnd ? start + first + at : undefined,
        second + at < secondEnd ? start + second + at : undefined,
      ],
    ),
  );
}

/** The first line of a changed block and the line after it, on both sides. */
type Block = readonly [first: number, firstEnd: number, second: number, secondEnd: number];

/** The shortest edit (Myers 1986). @returns undefined if it has too many steps */
function changedBlocks(was: readonly string[], now: readonly string[]): Block[] | undefined {
  const trace: Int32Array[] = [];
  const ends = new Int32Array(2 * MAX_EDITS + 3);
  const middle = MAX_EDITS + 1;
  for (let edits = 0; edits <= MAX_EDITS; edits++) {
    trace.push(ends.slice());
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const at = middle + diagonal;
      const isDown = diagonal === -edits || (diagonal !== edits && ends[at - 1]! < ends[at + 1]!);
      let first = isDown ? ends[at + 1]! : ends[at - 1]! + 1;
      let second = first - diagonal;
      while (first < was.length && second < now.length && was[first] === now[second]) {
        first++;
        second++;
      }
      ends[at] = first;
      if (first >= was.length && second >= now.length) return blocksOf(trace, was.length, now.length);
    }
  }
  return undefined;
}

/** Follows the edits back from the ends. */
function blocksOf(trace: readonly Int32Array[], firstEnd: number, secondEnd: number): Block[] {
  const middle = MAX_EDITS + 1;
  const blocks: Block[] = [];
  let [first, second] = [firstEnd, secondEnd];
  for (let edits = trace.length - 1; edits > 0; edits--) {
    const ends = trace[edits]!;
    const diagonal = first - second;
    const at = middle + diagonal;
    const isDown = diagonal === -edits || (diagonal !== edits && ends[at - 1]! < ends[at + 1]!);
    const from = diagonal + (isDown ? 1 : -1);
    const firstStart = ends[middle + from]!;
    const secondStart = firstStart - from;
    const [editFirst, editSecond] = isDown ? [firstStart, secondStart + 1] : [firstStart + 1, secondStart];
    const last = blocks.at(-1);
    if (last && last[0] === editFirst && last[2] === editSecond) {
      blocks[blocks.length - 1] = [firstStart, last[1], secondStart, last[3]];
    } else blocks.push([firstStart, editFirst, secondStart, editSecond]);
    first = firstStart;
    second = secondStart;
  }
  return blocks.reverse();
}
