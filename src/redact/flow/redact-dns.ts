import type { DnsMessage, DnsQuestion, DnsRecord } from '../../flow/dns-message.js';
import { DnsFlow } from '../../flow/flow.js';
import type { Findings } from '../findings.js';
import type { Redactor } from '../redactor.js';
import type { Replace } from '../text/scan.js';

/** RR type (RFC 1035 section 3.3.14). */
const TXT = 16;
/** Maximum length of a character-string (RFC 1035 section 3.3). */
const LONGEST = 255;

export function redactDns(redactor: Redactor, flow: DnsFlow, findings: Findings): DnsFlow {
  const { client, server, timestampCreated, id } = flow;
  const request = redactDnsMessage(redactor, flow.request, redactor.counting(findings, 'request.dns'));
  const copy = new DnsFlow(client, server, request, timestampCreated, id);
  copy.response =
    flow.response && redactDnsMessage(redactor, flow.response, redactor.counting(findings, 'response.dns'));
  return copy;
}

function redactDnsMessage(redactor: Redactor, message: DnsMessage, replace: Replace): DnsMessage {
  const records = (list: DnsRecord[]): DnsRecord[] => list.map((record) => redactRecord(redactor, record, replace));
  return {
    ...message,
    questions: message.questions.map((question) => redactName(redactor, question, replace)),
    answers: records(message.answers),
    authorities: records(message.authorities),
    additionals: records(message.additionals),
  };
}

function redactName<Named extends DnsQuestion>(redactor: Redactor, named: Named, replace: Replace): Named {
  const name = redactor.text(named.name, replace);
  return name === named.name ? named : { ...named, name };
}

function redactRecord(redactor: Redactor, record: DnsRecord, replace: Replace): DnsRecord {
  const named = redactName(redactor, record, replace);
  if (record.type !== TXT) return named;
  const text = textOf(record.data);
  const redacted = redactor.searcher.scanner.redactText(text, 'data', replace);
  return redacted === undefined ? named : { ...named, data: dataOf(redacted) };
}

/** The concatenated character-strings of a TXT record. */
function textOf(data: Buffer): string {
  let text = '';
  for (let at = 0; at < data.length; at += data[at]! + 1) text += data.toString('latin1', at + 1, at + 1 + data[at]!);
  return text;
}

function dataOf(text: string): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < text.length; at += LONGEST) {
    const part = Buffer.from(text.slice(at, at + LONGEST), 'latin1');
    parts.push(Buffer.from([part.length]), part);
  }
  return Buffer.concat(parts);
}
