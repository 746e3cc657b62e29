import { hasDirectives, strftime } from './strftime.js';

/** The current name of an output file. */
export class CurrentName {
  readonly changes: boolean;
  private second = Number.NaN;
  private name: string;

  /** @param pattern a path, optionally with strftime directives */
  constructor(
    readonly pattern: string,
    private readonly now: () => number = Date.now,
  ) {
    this.changes = hasDirectives(pattern);
    this.name = strftime(pattern, new Date(now()));
  }

  get(): string {
    if (!this.changes) return this.name;
    const second = Math.floor(this.now() / 1000);
    if (second !== this.second) {
      this.second = second;
      this.name = strftime(this.pattern, new Date(second * 1000));
    }
    return this.name;
  }
}
