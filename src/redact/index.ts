/** Removes secrets from saved, printed and reported flows. Forwarded traffic is never modified. See docs/redaction.md. */
export { type RedactedFlow, redactFlow } from './flow/redact-flow.js';
export { redactHeads } from './flow/redact-heads.js';
export { redactMessage } from './messages.js';
export { hasRedactedCredentials, holdsPlaceholder, isPlaceholder, matchesPlaceholders } from './placeholder.js';
export { type RedactedRequest, redactForComparison, redactionKey } from './redact-for-comparison.js';
export { Redactor } from './redactor.js';
export { parseRules, RuleError } from './rules.js';
