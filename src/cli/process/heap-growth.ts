import type { NodeGCPerformanceDetail } from 'node:perf_hooks';

/** Bytes up to which a heap of which little is in use may grow between two major collections. */
const GROWTH_LIMIT = 64 * 1024 * 1024;

/** Milliseconds after the start. Short runs do not need it, and its modules of Node.js take some 5 ms to load. */
const DELAY = 1000;

/**
 * Makes major collections of a small heap rarer. V8 starts one when the old generation and all buffers together reach a small
 * multiple of what was in use, also if a minor collection would free the buffers. While bodies pass through, that is every 20 MB,
 * and takes up to a third of the CPU.
 */
export function allowHeapGrowth(): void {
  setTimeout(() => void adaptHeapLimit(), DELAY).unref();
}

/** Sets the limit after collections, from the first major one on. @param setFlags for tests */
export async function adaptHeapLimit(setFlags?: (flags: string) => void): Promise<void> {
  const { constants, PerformanceObserver } = await import('node:perf_hooks');
  const { getHeapStatistics, setFlagsFromString } = await import('node:v8');
  const isMajor = (entry: unknown): boolean =>
    (entry as { detail: NodeGCPerformanceDetail }).detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
  const set = setFlags ?? setFlagsFromString;
  let current = 0;
  const observer = new PerformanceObserver((list) => {
    // Once the flag is set, modules of Node.js load more slowly. Many runs have no major collection and do not need it.
    if (current === 0 && !list.getEntries().some(isMajor)) return;
    const percent = growthPercent(getHeapStatistics().used_heap_size);
    if (percent === current) return;
    set(`--heap-growing-percent=${percent}`);
    current = percent;
  });
  observer.observe({ entryTypes: ['gc'] });
}

/**
 * The growth that V8 is to allow until the next major collection, in per cent of what is in use after one.
 * @param used bytes of the heap, without buffers
 * @returns whole hundreds; 0 leaves it to V8
 */
export function growthPercent(used: number): number {
  return Math.max(0, Math.floor(GROWTH_LIMIT / used - 1)) * 100;
}
