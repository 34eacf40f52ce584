# SPDX-License-Identifier: BSD-2-Clause
"""paramiko_login.py PORT USER METHOD FILE...

Logs in once for each FILE with its content as the answer, METHOD being
keyboard-interactive or password; prints `FILE accepted|refused`, then what
`id -un` says there. Exit status 0 when the last one was accepted.
"""
import logging
import sys

import paramiko



def say(line):
    """One write a line: several of us may share the output."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


logging.getLogger("paramiko").setLevel(logging.CRITICAL)
port, user, method = int(sys.argv[1]), sys.argv[2], sys.argv[3]
accepted = False
for name in sys.argv[4:]:
    with open(name, "rb") as file:
        answer = file.read().decode("latin-1")
    transport = paramiko.Transport(("127.0.0.1", port))
    transport.banner_timeout = transport.auth_timeout = 60
    try:
        transport.start_client(timeout=60)
        if method == "password":
            transport.auth_password(user, answer, fallback=False)
        else:
            transport.auth_interactive(
                user, lambda title, text, prompts: [answer for _ in prompts])
        accepted = transport.is_authenticated()
        channel = transport.open_session(timeout=60)
        channel.exec_command("id -un")
        there = channel.makefile().read().decode().strip()
        say(f"{name} accepted {there}")
    except paramiko.SSHException:
        accepted = False
        say(f"{name} refused")
    finally:
        transport.close()
sys.exit(0 if accepted else 1)
