import { constants, type NodeGCPerformanceDetail, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';

/** Bytes up to which a heap of which little is in use may grow between two major collections. */
const GROWTH_LIMIT = 64 * 1024 * 1024;

/**
 * Makes major collections of a small heap rarer. V8 starts one when the old generation and all buffers together reach a small
 * multiple of what was in use, also if a minor collection would free the buffers. While bodies pass through, that is every 20 MB,
 * and takes up to a third of the CPU.
 * @param setFlags for tests
 */
export function allowHeapGrowth(setFlags = setFlagsFromString): void {
  let current = 0;
  const observer = new PerformanceObserver((list) => {
    // Once the flag is set, modules of Node.js load more slowly. Many runs have no major collection and do not need it.
    if (current === 0 && !list.getEntries().some(isMajor)) return;
    const percent = growthPercent(getHeapStatistics().used_heap_size);
    if (percent === current) return;
    setFlags(`--heap-growing-percent=${percent}`);
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

function isMajor(entry: unknown): boolean {
  return (entry as { detail: NodeGCPerformanceDetail }).detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}
