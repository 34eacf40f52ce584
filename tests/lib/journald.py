# SPDX-License-Identifier: BSD-2-Clause
"""journald.py SOCKET LOG READY: writes every record that arrives at SOCKET to
LOG, a field a line, and an empty line behind each."""
import os
import socket
import sys

where, log, ready = sys.argv[1:4]
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(where)
os.chmod(where, 0o666)
with open(log, "ab", buffering=0) as out:
    open(ready, "w").close()
    while True:
        out.write(server.recv(65536) + b"\n")
