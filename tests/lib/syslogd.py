# SPDX-License-Identifier: BSD-2-Clause
"""syslogd.py LOG READY: writes every datagram of /dev/log to LOG."""
import os
import socket
import sys

log, ready = sys.argv[1:3]
where = "/run/devlog"
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(where)
os.chmod(where, 0o666)
if os.path.lexists("/dev/log"):
    os.unlink("/dev/log")
os.symlink(where, "/dev/log")
with open(log, "ab", buffering=0) as out:
    open(ready, "w").close()
    while True:
        out.write(server.recv(65536).rstrip(b"\n\0") + b"\n")
