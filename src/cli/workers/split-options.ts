import { randomBytes } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import type { ResolvedOptions } from '../options/resolve.js';
import type { Options } from '../options/table/index.js';
import { spoolFolder } from '../write/spool.js';

/** The options of the parent, without those that change, store or show traffic: the workers do that. */
export function parentOptions(resolved: ResolvedOptions): ResolvedOptions {
  const { values } = resolved;
  const off: Partial<Options> = {
    flowDetail: 0,
    liveFile: false,
    mapLocal: [],
    mapRemote: [],
    modifyBody: [],
    modifyHeaders: [],
    anticache: false,
    anticomp: false,
    redact: false,
    redactRule: [],
    scripts: [],
  };
  return { ...resolved, values: { ...values, ...off } };
}

/**
 * The options of the workers, without outputs, checks, end conditions and port files, which the parent handles.
 * @throws UsageError if the folder of spool files cannot be used
 */
export function workerOptions(resolved: ResolvedOptions, count: number): ResolvedOptions {
  const { values, origins, unclaimed = [] } = resolved;
  const { dumperFilter, flowDetail, memoryTotal, redactKey } = values;
  const off: Partial<Options> = {
    saveStreamFile: [],
    saveStreamFilter: undefined,
    dumperFilter: flowDetail > 0 ? dumperFilter : undefined,
    hardump: undefined,
    format: undefined,
    compress: undefined,
    rotateFlows: undefined,
    rotateInterval: undefined,
    rotateKeep: undefined,
    rotateSize: undefined,
    stat: false,
    statJson: false,
    report: [],
    failOn: [],
    expect: [],
    expectLatency: [],
    duration: undefined,
    maxFlows: undefined,
    idleTimeout: undefined,
    until: undefined,
    portFile: undefined,
    pidFile: undefined,
    readyFd: undefined,
  };
  const folder = spoolFolder(values);
  const shared: Partial<Options> = {
    // `spool_dir` must be writable, but the folder of an output file need not be: the file may exist already.
    spoolDir: isWritable(folder) ? folder : undefined,
    memoryTotal: Math.ceil(memoryTotal / count),
    // Each process would generate a key of its own.
    redactKey: redactKey ?? randomBytes(32).toString('hex'),
    workers: 1,
  };
  const texts = unclaimed.map(({ refusal: _, ...setting }) => setting as (typeof unclaimed)[number]);
  return { values: { ...values, ...off, ...shared }, origins, unclaimed: texts };
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
