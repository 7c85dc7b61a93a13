# SPDX-License-Identifier: BSD-2-Clause
"""The kernel's facts about channels, read in another way than cellmodel does: descriptors from /proc, sockets by sock_diag(7)
messages that are taken apart here. The tests compare the two."""

import ctypes
import os
import re
import socket
import stat
import struct

NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, DUMP = 4, 20, 0x301
DONE, ERROR = 3, 2
LISTEN = 10


def links(pids):
    """A socket to ask with for each network namespace that processes are in; it stays in the one that it was made in."""
    libc, back, seen = ctypes.CDLL(None, use_errno=True), os.open("/proc/self/ns/net", os.O_RDONLY), set()
    found = []
    for pid in ("self", *pids):
        name = os.readlink(f"/proc/{pid}/ns/net")
        there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
        if name not in seen and (pid == "self" or libc.setns(there, 0) == 0):
            found.append(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG))
            assert libc.setns(back, 0) == 0 or pid == "self"
        seen.add(name)
        os.close(there)
    os.close(back)
    return found


def dump(link, payload):
    """The messages that answer a request, without their heads."""
    link.send(struct.pack("=IHHII", 16 + len(payload), SOCK_DIAG_BY_FAMILY, DUMP, 1, 0) + payload)
    while True:
        data = link.recv(1 << 20)
        while data:
            length, kind = struct.unpack_from("=IH", data)
            if kind in (DONE, ERROR):
                return
            yield data[16:length]
            data = data[(length + 3) // 4 * 4:]


def unix_sockets(link):
    """{inode: (listening, name, inode of the peer or None)}"""
    found = {}
    for message in dump(link, struct.pack("=BBHIII8s", socket.AF_UNIX, 0, 0, 0xffffffff, 0, 1 | 4, b"\xff" * 8)):
        _, _, state, _, inode = struct.unpack_from("=BBBBI", message)
        name, peer, rest = None, None, message[16:]
        while len(rest) >= 4:
            length, kind = struct.unpack_from("=HH", rest)
            if kind == 0:
                name = rest[4:length]
            elif kind == 2:
                (peer,) = struct.unpack_from("=I", rest, 4)
            rest = rest[(length + 3) // 4 * 4:]
        found[inode] = (state == LISTEN, name, peer)
    return found


def inet_sockets(link):
    """{inode: (protocol, listening, own address and port, the other's)}, as bytes."""
    found = {}
    for family in (socket.AF_INET, socket.AF_INET6):
        for protocol in (socket.IPPROTO_TCP, socket.IPPROTO_UDP):
            for message in dump(link, struct.pack("=BBBBI48s", family, protocol, 0, 0, 0xffffffff, b"")):
                state, size = message[1], 4 if family == socket.AF_INET else 16
                prefix = b"" if size == 16 else bytes(10) + b"\xff\xff"
                here = prefix + message[8:8 + size] + message[4:6]
                there = prefix + message[24:24 + size] + message[6:8]
                (inode,) = struct.unpack_from("=I", message, 68)
                found[inode] = (protocol, state == LISTEN and protocol == socket.IPPROTO_TCP, here, there)
    return found


def descriptors(pid):
    """[(kind, inode, reads, writes)] of pipes and sockets that a process has open."""
    found = []
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{number}")
            with open(f"/proc/{pid}/fdinfo/{number}", encoding="ascii") as file:
                mode = int(re.search(r"flags:\s+(\d+)", file.read()).group(1), 8) & 3
        except FileNotFoundError:
            continue
        status = os.stat(f"/proc/{pid}/fd/{number}")
        kind = "pipe" if stat.S_ISFIFO(status.st_mode) else "socket" if target.startswith("socket:") else None
        if kind:
            found.append((kind, status.st_ino, mode != os.O_WRONLY, mode != os.O_RDONLY))
    return found


def channels(pids):
    """{(a, b): {("pipe", inode) or ("socket", lower inode of the two ends)}} that both hold an end of, a < b; and
    {(a, b)}: a is at the other end of a connection that was made to a socket on which b listens."""
    unix, inet = {}, {}
    for link in links(pids):
        unix.update(unix_sockets(link))
        inet.update(inet_sockets(link))
        link.close()
    by_ends = {(p, here, there): inode for inode, (p, listening, here, there) in inet.items() if there[16:] != b"\0\0"}
    held = {pid: descriptors(pid) for pid in pids}

    def peer(inode):
        if inode in unix:
            other = unix[inode][2]
            return other if other in unix and unix[other][2] == inode else None
        protocol, _, here, there = inet.get(inode, (0, True, b"", b""))
        other = by_ends.get((protocol, there, here))
        return other if other != inode else None

    def doors(inode):
        """Listening sockets that a connection's end was accepted from."""
        if inode in unix:
            return {i for i, (listening, name, _) in unix.items() if listening and name is not None and name == unix[inode][1]}
        if inode not in inet:
            return set()
        protocol, _, here, there = inet[inode]
        if there[16:] == b"\0\0":
            return set()
        return {i for i, (p, listening, at, _) in inet.items() if listening and p == protocol and at[16:] == here[16:]
                and (at[:16] == here[:16] or at[:16].strip(b"\0") in (b"", b"\xff\xff"))}

    ends, listeners = {}, {}
    for pid, files in held.items():
        ends[pid] = {(kind, inode if kind == "pipe" else min(inode, peer(inode) or inode)) for kind, inode, _, _ in files
                     if kind == "pipe" or not (inode in unix and unix[inode][0] or inode in inet and inet[inode][1])}
        for kind, inode, _, _ in files:
            if kind == "socket" and (unix.get(inode, (False,))[0] or inet.get(inode, (0, False))[1]):
                listeners.setdefault(inode, []).append(pid)
    asked = {(pid, min(listeners[door])) for pid, files in held.items() for kind, inode, _, _ in files
             if kind == "socket" and peer(inode) for door in doors(peer(inode)) if door in listeners}
    pairs = {(a, b): ends[a] & ends[b] for a in pids for b in pids if a < b}
    return pairs, {(a, b) for a, b in asked if a != b}
