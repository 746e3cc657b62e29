"""Reads flow files with mitmproxy, and makes some.

    flow_states.py describe FILE...    for each file a list of the states of its flows, as JSON; bytes are {"hex": ...}
    flow_states.py make FILE SEED N    writes N random flows of all kinds
"""

import json
import random
import sys

from mitmproxy import flow, io
from mitmproxy.io import compat, tnetstring
from mitmproxy.test import tflow


def plain(value):
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value


def read(file):
    """io.FlowReader, but TCP flows before version 12, too: there it stumbles over an entry that it has added itself."""
    while file.peek(1):
        state = compat.migrate_flow(tnetstring.load(file))
        if state["type"] != "http":
            state.pop("websocket", None)
        yield flow.Flow.from_state(state)


def describe(paths):
    files = []
    for path in paths:
        with open(path, "rb") as file:
            files.append([plain(one.get_state()) for one in read(file)])
    json.dump(files, sys.stdout)


class Maker:
    """Random flows, by way of their states."""

    def __init__(self, seed, certificate):
        self.random = random.Random(seed)
        self.certificate = certificate

    def maybe(self, make):
        return make() if self.random.random() < 0.5 else None

    def octets(self, length=12):
        return bytes(self.random.randrange(256) for _ in range(self.random.randrange(length)))

    def token(self):
        return bytes(self.random.choice(b"abcXYZ-_!") for _ in range(self.random.randrange(1, 9)))

    def text(self):
        return "".join(self.random.choice("a\u00e9\u2603\U0001f600 \n\"") for _ in range(self.random.randrange(8)))

    def time(self):
        return self.random.choice([0.0, 1.0, self.random.random() * 2e9, round(self.random.random() * 2e9, 6)])

    def value(self):
        # Some that end like a field, some that do not.
        return self.random.choice([self.token(), b"", b" blank ", b"a\r\n b", b"a\r\nX: y", b"\xff", b"nul\0"])

    def fields(self):
        return [(self.random.choice([self.token(), b":status", b"a:b"]), self.value()) for _ in range(self.random.randrange(5))]

    def connection(self, state):
        state["error"] = self.maybe(self.text)
        state["transport_protocol"] = self.random.choice(["tcp", "udp"])
        state["tls"] = self.random.random() < 0.5
        state["certificate_list"] = [self.certificate] * self.random.randrange(3)
        state["alpn"] = self.maybe(self.octets)
        state["alpn_offers"] = [self.octets() for _ in range(self.random.randrange(3))]
        state["cipher"] = self.maybe(lambda: "TLS_AES_128_GCM_SHA256")
        state["cipher_list"] = self.random.choice([[], ["AES128-SHA"], ["AES128-SHA", "NO-SUCH-CIPHER"]])
        state["tls_version"] = self.random.choice([None, "TLSv1.3", "SSLv3", "QUICv1"])
        state["sni"] = self.maybe(self.text)
        state["timestamp_end"] = self.maybe(self.time)
        state["timestamp_tls_setup"] = self.maybe(self.time)
        state["sockname"] = ("::1", self.random.randrange(1, 65536))

    def message(self, state):
        state["http_version"] = self.random.choice([b"HTTP/1.1", b"HTTP/2.0", b"HTTP/3"])
        state["headers"] = self.fields()
        state["trailers"] = self.maybe(self.fields)
        state["content"] = self.maybe(lambda: self.random.choice([b"", self.octets(), self.octets() * 20000]))
        state["timestamp_start"] = self.time()
        state["timestamp_end"] = self.maybe(self.time)

    def messages(self, make):
        return [make() for _ in range(self.random.choice([0, 1, 3, 300]))]

    def state(self):
        kind = self.random.choice(["http", "http", "websocket", "tcp", "udp", "dns"])
        if kind == "http":
            state = tflow.tflow(resp=self.random.random() < 0.7, err=self.random.random() < 0.3).get_state()
        elif kind == "websocket":
            state = tflow.twebsocketflow(err=self.random.random() < 0.3).get_state()
            state["websocket"]["messages"] = self.messages(
                lambda: (self.random.choice([0, 1, 2, 8, 9, 10]), self.random.random() < 0.5, self.octets(50), 1.0 + self.time())
                + (self.random.random() < 0.2, self.random.random() < 0.2)
            )
            state["websocket"]["closed_by_client"] = self.random.choice([True, False, None])
            state["websocket"]["close_code"] = self.random.choice([None, 1000, 4321])
            state["websocket"]["close_reason"] = self.maybe(self.text)
            state["websocket"]["timestamp_end"] = self.maybe(self.time)
        elif kind == "dns":
            state = tflow.tdnsflow(resp=self.random.random() < 0.7).get_state()
            state["request"]["id"] = self.random.randrange(65536)
        else:
            state = getattr(tflow, f"t{kind}flow")(err=self.random.random() < 0.3).get_state()
            state["messages"] = self.messages(lambda: (self.random.random() < 0.5, self.octets(50), 1.0 + self.time()))
        self.fill(state)
        return state

    def fill(self, state):
        self.connection(state["client_conn"])
        self.connection(state["server_conn"])
        state["client_conn"]["proxy_mode"] = self.random.choice(["regular", "reverse:https://example.com@8080", "socks5"])
        state["server_conn"]["via"] = self.maybe(lambda: ("http", ("proxy", 3128)))
        state["server_conn"]["address"] = self.maybe(lambda: (self.random.choice(["b\u00fccher.example", "::1"]), 443))
        state["server_conn"]["timestamp_tcp_setup"] = self.maybe(self.time)
        state["server_conn"]["timestamp_start"] = self.maybe(lambda: 1.0 + self.time())
        state["is_replay"] = self.random.choice([None, "request", "response"])
        state["intercepted"] = self.random.random() < 0.2
        state["marked"] = self.random.choice(["", ":default:", "x"])
        state["metadata"] = self.maybe(lambda: {self.text(): [self.text(), self.octets(), 1, 1.5, {"a": None}]}) or {}
        state["comment"] = self.text()
        if state["type"] == "http":
            self.message(state["request"])
            state["request"]["path"] = self.octets()
            state["request"]["authority"] = self.octets()
            state["request"]["host"] = self.random.choice(["example.com", "b\u00fccher.example", "::1"])
            if state["response"]:
                self.message(state["response"])
                state["response"]["reason"] = self.octets()


def make(path, seed, count):
    from cryptography.hazmat.primitives import serialization
    from mitmproxy import certs

    key, certificate = certs.create_ca("tsdump", "test", 2048)
    maker = Maker(int(seed), certificate.public_bytes(serialization.Encoding.PEM))
    with open(path, "wb") as file:
        writer = io.FlowWriter(file)
        for _ in range(int(count)):
            writer.add(flow.Flow.from_state(maker.state()))


if sys.argv[1] == "describe":
    describe(sys.argv[2:])
else:
    make(*sys.argv[2:])
