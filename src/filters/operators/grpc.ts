import { GRPC_STATUS_NAMES, grpcStatus, isGrpc } from '../../flow/index.js';
import { mayHaveStatus } from '../../flow/rpc/status.js';
import type { Cursor } from '../cursor.js';
import { absentResponse } from '../subjects/exchange.js';
import { decided, END, LATER, NO, type Predicate, YES } from '../verdict.js';
import { LOOKED_UP, type Operator } from './operator.js';

/** A number or a name after the operator. Any other word is the next part of the expression. */
const STATUS = /[ \t\r\n]+(?:\d{1,2}|[A-Z_]+)(?=[ \t\r\n)&|]|$)/y;

/** gRPC calls, all or those with a given status. */
export const GRPC_OPERATOR: Operator = {
  name: 'grpc',
  group: 'kind',
  help: 'gRPC; ~grpc 5 or ~grpc NOT_FOUND with this status',
  cost: LOOKED_UP,
  compile(cursor) {
    const status = readStatus(cursor);
    return status === undefined ? anyCall : withStatus(status);
  },
};

function readStatus(cursor: Cursor): number | undefined {
  const start = cursor.at;
  const word = cursor.match(STATUS)?.trim();
  if (word === undefined) return undefined;
  const status = /^\d/.test(word) ? Number(word) : GRPC_STATUS_NAMES.indexOf(word);
  if (status in GRPC_STATUS_NAMES) return status;
  cursor.at = start;
  return undefined;
}

const anyCall: Predicate = (flow) => decided(flow.type === 'http' && isGrpc(flow.request));

function withStatus(status: number): Predicate {
  return (flow, stage) => {
    if (flow.type !== 'http' || !isGrpc(flow.request)) return NO;
    if (!flow.response) return absentResponse(stage);
    const found = grpcStatus(flow);
    // Trailers come last; a status in a body on disk is found when the flow is read.
    if (found === undefined) return stage < END || mayHaveStatus(flow) ? LATER : NO;
    return found === status ? YES : NO;
  };
}
