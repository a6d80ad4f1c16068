#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""flows.py - connections that end in every way, and what is told of them

flows.py serve                  echo on 6000, reset on 6001, close on 6002
flows.py hold ADDR PORT...      echo a line, say both ends, wait for the end
flows.py end ADDR PORT HOW      reset, close: the client's way; wait: not it
flows.py check FIELD=VALUE...   JSON of `userlan flows` has one flow like that
"""
import json
import socket
import struct
import sys
import threading

RESET = struct.pack("ii", 1, 0)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    sock.close()


def name(ep):
    host, port = ep[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def echo(conn):
    try:
        while data := conn.recv(65536):
            if data == b"who":
                data = name(conn.getpeername()).encode()
            conn.sendall(data)
        conn.close()
    except OSError as e:
        print("the far end:", e, flush=True)


def accept(port):
    with socket.create_server(("", port)) as listener:
        while True:
            conn, _ = listener.accept()
            if port == 6000:
                threading.Thread(target=echo, args=(conn,)).start()
            elif port == 6001:
                conn.recv(1)
                reset(conn)
            else:
                conn.shutdown(socket.SHUT_WR)
                while conn.recv(1):
                    pass
                conn.close()


def answer_udp():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("", 6000))
    while True:
        data, peer = sock.recvfrom(65536)
        sock.sendto(data, peer)


def serve():
    for port in (6000, 6001, 6002):
        threading.Thread(target=accept, args=(port,)).start()
    threading.Thread(target=answer_udp).start()
    print("ready", flush=True)


def hold(addr, *ports):
    socks = [socket.create_connection((addr, int(p)), 10) for p in ports]
    for sock in socks:
        sock.settimeout(None)
        sock.sendall(b"x" * 1000)
        got = 0
        while got < 1000:
            got += len(sock.recv(65536))
        sock.sendall(b"who")
        print(name(sock.getsockname()), sock.recv(100).decode(), flush=True)
    for sock in socks:
        try:
            print("closed" if not sock.recv(1) else "data", flush=True)
        except OSError as e:
            print(e.strerror, flush=True)


def end(addr, port, how):
    try:
        sock = socket.create_connection((addr, int(port)), 10)
        if how == "reset":
            reset(sock)
        elif how == "close":
            sock.shutdown(socket.SHUT_WR)
            sock.recv(1)
        else:
            sock.sendall(b"x")
            while sock.recv(65536):
                pass
    except OSError as e:
        print(e.strerror)


def udp(addr, port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(10)
    sock.sendto(b"y" * 500, (addr, int(port)))
    print(len(sock.recv(65536)), name(("10.0.2.15", sock.getsockname()[1])))


def check(*wants):
    flows = json.load(sys.stdin)["flows"]
    want = dict(w.split("=", 1) for w in wants)
    found = [f for f in flows
             if all(str(f.get(k)) == v for k, v in want.items())]
    if len(found) != 1:
        sys.exit(f"{len(found)} flows like {want} among "
                 + "\n".join(map(str, flows)))
    print(found[0]["id"])


{"serve": serve, "hold": hold, "end": end, "check": check,
 "udp": udp}[sys.argv[1]](*sys.argv[2:])
