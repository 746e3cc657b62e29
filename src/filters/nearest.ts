/**
 * Guesses the intended name: the one with the smallest edit distance (optimal string alignment).
 * @param most maximum distance; by default one for names of up to two letters, and two for longer ones
 */
export function nearest(name: string, known: Iterable<string>, most = name.length > 2 ? 2 : 1): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let least = most + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate);
    // Among equally near names, prefer one with the same first letter.
    if (distance < least || (distance === least && best && best[0] !== wanted[0] && candidate[0] === wanted[0])) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= Math.min(a.length, 32); i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(replaced, rows[i - 1]![j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, rows[i - 2]![j - 2]! + 1);
      }
      row.push(distance);
    }
    rows.push(row);
  }
  return rows.at(-1)!.at(-1)!;
}
