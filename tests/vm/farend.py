# SPDX-License-Identifier: BSD-3-Clause
"""farend.py - the servers that the guest talks to.

They run in the test's own process, on addresses of this machine that the test
names, and keep a log of what they saw: a test believes that log and the
guest's console, nothing else.

    Web     GET /N sends N bytes made by payload(), POST reads a body
    Echo    TCP: reads to the end of the stream, then answers with its hash
    Names   DNS over UDP and TCP for a dict of names
"""

import base64
import hashlib
import http.server
import socket
import socketserver
import struct
import threading
import time

BLOCK = 1 << 20
NOISE = base64.b64encode(b"".join(hashlib.sha256(b"%d" % i).digest()
                                  for i in range(BLOCK // 32)))[:BLOCK]


def payload(size):
    """@size bytes in blocks that all differ.

    Text, because busybox's wget ends what it posts at the first NUL.
    """
    for index in range((size + BLOCK - 1) // BLOCK):
        block = b"%07d\n" % index + NOISE[8:]
        yield block[:min(BLOCK, size - index * BLOCK)]


def payload_hash(size):
    digest = hashlib.sha256()
    for block in payload(size):
        digest.update(block)
    return digest.hexdigest()


class Server:
    """What the far ends share: a thread, a log, a way to wait for the log."""

    def __init__(self, server):
        self.server = server
        self.host, self.port = server.server_address[:2]
        self.log = []
        self.grew = threading.Condition()
        server.far = self
        threading.Thread(target=server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def note(self, **facts):
        with self.grew:
            self.log.append(facts)
            self.grew.notify_all()

    def wait(self, test, timeout=10):
        """The first log entry that @test accepts, or None."""
        deadline = time.monotonic() + timeout
        with self.grew:
            while True:
                for facts in self.log:
                    if test(facts):
                        return facts
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                self.grew.wait(left)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address, handler):
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, handler)

    def handle_error(self, request, client_address):
        pass    # a client that went away is the test's business


class WebHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        size = int(self.path.lstrip("/") or 0)
        start = time.monotonic()
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        for block in payload(size):
            self.wfile.write(block)
        self.done("GET", size, payload_hash(size), start)

    def do_POST(self):
        left = size = int(self.headers.get("Content-Length", 0))
        digest = hashlib.sha256()
        start = time.monotonic()
        while left and (data := self.rfile.read1(min(left, BLOCK))):
            digest.update(data)
            left -= len(data)
        answer = digest.hexdigest().encode()
        self.send_response(200 if left == 0 else 400)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        self.done("POST", size - left, answer.decode(), start)

    def done(self, method, size, sha256, start):
        self.server.far.note(method=method, size=size, sha256=sha256,
                             peer=self.client_address[0],
                             seconds=time.monotonic() - start)

    def log_message(self, *_):
        pass


class EchoHandler(socketserver.BaseRequestHandler):
    def handle(self):
        digest = hashlib.sha256()
        size = 0
        start = time.monotonic()
        while data := self.request.recv(BLOCK):
            digest.update(data)
            size += len(data)
        seconds = time.monotonic() - start
        self.server.far.note(size=size, sha256=digest.hexdigest(),
                             peer=self.client_address[0], seconds=seconds)
        self.request.sendall(f"{size} {digest.hexdigest()}\n".encode())


class NamesUdp(socketserver.ThreadingUDPServer):
    daemon_threads = True


class NamesUdpHandler(socketserver.BaseRequestHandler):
    def handle(self):
        query, sock = self.request
        answer = dns_answer(self.server.far, "udp", query)
        if answer:
            sock.sendto(answer, self.client_address)


class NamesTcpHandler(socketserver.StreamRequestHandler):
    def handle(self):
        while len(head := self.rfile.read(2)) == 2:
            query = self.rfile.read(struct.unpack("!H", head)[0])
            answer = dns_answer(self.server.far, "tcp", query)
            if not answer:
                return
            self.wfile.write(struct.pack("!H", len(answer)) + answer)


def dns_answer(far, proto, query):
    """Answer an A question from far.names, NXDOMAIN for other names."""
    if len(query) < 17:
        return None
    labels = []
    at = 12
    while at < len(query) and query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
        at += 1 + query[at]
    question = query[12:at + 5]
    name = ".".join(labels).lower()
    kind = struct.unpack("!H", question[-4:-2])[0]
    far.note(name=name, kind=kind, proto=proto)
    known = name in far.names
    has = known and kind == 1
    head = query[:2] + struct.pack("!HHHHH", 0x8580 | (0 if known else 3), 1,
                                   int(has), 0, 0)
    if not has:
        return head + question
    record = struct.pack("!HHHIH", 0xc00c, 1, 1, 60, 4)
    return head + question + record + socket.inet_aton(far.names[name])


class Web(Server):
    def __init__(self, host="127.0.0.1", port=0):
        super().__init__(Tcp((host, port), WebHandler))


class Echo(Server):
    def __init__(self, host="127.0.0.1", port=0):
        super().__init__(Tcp((host, port), EchoHandler))


class Names(Server):
    """One port, UDP and TCP; self.names may be changed at any time."""

    def __init__(self, names, host="127.0.0.1"):
        self.names = dict(names)
        super().__init__(NamesUdp((host, 0), NamesUdpHandler))
        self.tcp = Tcp((host, self.port), NamesTcpHandler)
        self.tcp.far = self
        threading.Thread(target=self.tcp.serve_forever, args=(0.05,),
                         daemon=True).start()

    def close(self):
        self.tcp.shutdown()
        self.tcp.server_close()
        super().close()
