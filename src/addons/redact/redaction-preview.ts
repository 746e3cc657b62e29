import type { Flow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import { plural } from '../../flow/text/plural.js';
import { type RedactedFlow, type Redactor, redactFlow } from '../../redact/index.js';
import type { LineSink } from '../../terminal/line-sink.js';

/** The numbers of secrets and flows at a place. */
interface Tally {
  secrets: number;
  flows: number;
}

/** Lists the places and numbers of secrets that redaction would find. It prints no values. */
export class RedactionPreview implements Addon {
  readonly name = 'redaction';
  readonly observes = true;
  readonly observesBodies = true;
  private readonly found = new Map<string, Tally>();
  private readonly left = new Map<string, Tally>();
  private flows = 0;
  private affected = 0;

  constructor(
    private readonly redactor: Redactor,
    private readonly out: LineSink,
  ) {}

  flowEnd(flow: Flow): void | Promise<void> {
    const redacted = redactFlow(this.redactor, flow);
    if (redacted instanceof Promise) return redacted.then((done) => this.count(done));
    this.count(redacted);
  }

  done(): void {
    const places = [...this.found].sort(([one], [other]) => (one < other ? -1 : 1));
    const left = [...this.left].sort(([one], [other]) => (one < other ? -1 : 1));
    const width = Math.max('PLACE'.length, ...[...places, ...left].map(([place]) => place.length));
    const row = (place: string, secrets: string, flows: string): void =>
      this.out.write(`${place.padEnd(width)} ${secrets.padStart(9)} ${flows.padStart(9)}\n`);
    if (places.length > 0) row('PLACE', 'SECRETS', 'FLOWS');
    for (const [place, { secrets, flows }] of places) row(place, String(secrets), String(flows));
    if (left.length > 0) row('CANNOT BE SEARCHED', '', 'FLOWS');
    for (const [place, { flows }] of left) row(place, '', String(flows));
    const number = plural(this.affected, 'flow');
    this.out.write(`${number} of ${this.flows} would be changed; nothing was written.\n`);
  }

  private count({ findings, release }: RedactedFlow): void {
    this.flows++;
    if (!findings.isEmpty) this.affected++;
    for (const [place, count] of findings.counts) add(this.found, place, count);
    for (const [place, reason] of [...findings.dropped, ...findings.kept]) add(this.left, `${place}: ${reason}`, 0);
    release();
  }
}

function add(tallies: Map<string, Tally>, place: string, secrets: number): void {
  const tally = tallies.get(place);
  if (tally) {
    tally.secrets += secrets;
    tally.flows++;
  } else tallies.set(place, { secrets, flows: 1 });
}
