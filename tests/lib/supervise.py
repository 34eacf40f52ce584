# SPDX-License-Identifier: BSD-2-Clause
"""supervise.py PIDFILE -- PROGRAM [ARG...]

What the .socket and .service units ask of systemd: holds pam.sock and
control.sock in /run/httpauth for ever and starts PROGRAM with them, as the
user httpauthd, again as soon as it ends. SIGTERM ends both.
"""
import os
import pwd
import signal
import socket
import sys

pidfile, program = sys.argv[1], sys.argv[3:]
user = pwd.getpwnam("httpauthd")
sockets = []
for name in ("pam", "control"):
    path = f"/run/httpauth/{name}.sock"
    if os.path.exists(path):
        os.unlink(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.bind(path)
    os.chmod(path, 0o666)
    sock.listen(4096)
    sockets.append(sock)


def start():
    child = os.fork()
    if child:
        with open(pidfile + ".new", "w") as out:
            out.write(str(child))
        os.rename(pidfile + ".new", pidfile)
        return child
    for number, sock in enumerate(sockets, 3):
        os.dup2(sock.fileno(), number + 20)
    for number in (3, 4):
        os.dup2(number + 20, number, inheritable=True)
        os.close(number + 20)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2",
                      LISTEN_FDNAMES="pam:control")
    os.setgroups([])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    os.execvp(program[0], program)


def stop(*_):
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)
    os._exit(0)


child = start()
signal.signal(signal.SIGTERM, stop)
while True:
    os.waitpid(child, 0)
    child = start()
