"""Evaluates filter expressions with mitmproxy's own flowfilter.

Reads {"flows": [spec, ...], "expressions": [text, ...], "caseSensitive": bool} as JSON (specs: flow-spec.ts) and writes for
each expression a list of booleans, one for each flow, or null if mitmproxy does not accept it. UDP came with version 10:
without it, a flow of that kind gives null in the lists, and an expression that asks for it an empty list.
"""

import json
import re
import sys
import time
import warnings

import pyparsing

pyparsing.ParserElement.enablePackrat()  # the grammar of nested parentheses takes exponential time without

from mitmproxy import connection, dns, flow, flowfilter, http, tcp, websocket

try:
    from mitmproxy import udp
except ImportError:
    udp = None

warnings.simplefilter("ignore")


def make_client(spec):
    address = tuple(spec["client"])
    now = time.time()
    try:
        return connection.Client(peername=address, sockname=("", 0), timestamp_start=now)
    except TypeError:
        return connection.Client(address, ("", 0), now)


def make_server(spec):
    address = tuple(spec["server"]) if "server" in spec else None
    try:
        return connection.Server(address=address)
    except TypeError:
        return connection.Server(address)


def octets(text):
    return text.encode("latin1")


class Content(bytes):
    """Before version 9 empty bodies were not searched; this one does not look empty."""

    def __bool__(self):
        return True


def headers(fields):
    return http.Headers([(octets(name), octets(value)) for name, value in fields])


def make_http(spec):
    result = http.HTTPFlow(make_client(spec), make_server(spec))
    request = spec["request"]
    result.request = http.Request(
        host=request["host"],
        port=request["port"],
        method=octets(request["method"]),
        scheme=octets(request["scheme"]),
        authority=octets(request.get("authority", "")),
        path=octets(request["path"]),
        http_version=octets(request["version"]),
        headers=headers(request["headers"]),
        content=Content(octets(request["body"])),
        trailers=None,
        timestamp_start=1,
        timestamp_end=1,
    )
    if "response" in spec:
        response = spec["response"]
        result.response = http.Response(
            http_version=octets(request["version"]),
            status_code=response["status"],
            reason=b"",
            headers=headers(response["headers"]),
            content=Content(octets(response["body"])),
            trailers=None,
            timestamp_start=1,
            timestamp_end=1,
        )
    if spec.get("websocket"):
        result.websocket = websocket.WebSocketData()
        for message in spec["messages"]:
            result.websocket.messages.append(
                websocket.WebSocketMessage(1, message["fromClient"], octets(message["content"]))
            )
    return result


def make_stream(spec):
    module = tcp if spec["kind"] == "tcp" else udp
    if module is None:
        return None
    make, message_type = (tcp.TCPFlow, tcp.TCPMessage) if module is tcp else (udp.UDPFlow, udp.UDPMessage)
    result = make(make_client(spec), make_server(spec))
    for message in spec["messages"]:
        result.messages.append(message_type(message["fromClient"], octets(message["content"])))
    return result


def make_dns_message(spec, answers):
    question = dns.Question(spec["question"]["name"], spec["question"]["type"], 1)
    records = [dns.ResourceRecord(a["name"], a["type"], 1, 60, octets(a["data"])) for a in answers or []]
    message = dns.Message if hasattr(dns, "Message") else dns.DNSMessage
    return message(
        timestamp=1,
        id=1,
        query=answers is None,
        op_code=0,
        authoritative_answer=False,
        truncation=False,
        recursion_desired=True,
        recursion_available=True,
        reserved=0,
        response_code=0,
        questions=[question],
        answers=records,
        authorities=[],
        additionals=[],
    )


def make_dns(spec):
    result = dns.DNSFlow(make_client(spec), make_server(spec))
    result.request = make_dns_message(spec, None)
    if "answers" in spec:
        result.response = make_dns_message(spec, spec["answers"])
    return result


def make_flow(spec):
    makers = {"http": make_http, "tcp": make_stream, "udp": make_stream, "dns": make_dns}
    result = makers[spec["kind"]](spec)
    if result is None:
        return None
    if "error" in spec:
        result.error = flow.Error(spec["error"])
    result.marked = spec.get("marked", "")
    result.comment = spec.get("comment", "")
    result.metadata = dict(spec.get("metadata", {}))
    result.is_replay = spec.get("isReplay")
    return result


def main():
    given = json.load(sys.stdin)
    # What newer versions do, and what all do with MITMPROXY_CASE_SENSITIVE_FILTERS=1: case is ignored by all or none.
    ignore_case = 0 if given["caseSensitive"] else re.IGNORECASE
    flowfilter.maybe_ignore_case = re.RegexFlag(ignore_case)
    for operator in flowfilter.filter_rex:
        operator.flags = (operator.flags & ~re.IGNORECASE) | ignore_case
    flows = [make_flow(spec) for spec in given["flows"]]

    def results(expression):
        if udp is None and "~udp" in expression:
            return []
        try:
            matches = flowfilter.parse(expression)
        except ValueError:
            return None
        return [None if one is None else bool(matches(one)) for one in flows]

    json.dump([results(expression) for expression in given["expressions"]], sys.stdout)


main()
