# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by the end-to-end tests inside host.sh: the helper, sshd, an
# identity provider, and the ways to log in.
. /run/src/tests/lib/tap.sh

MODULE=/run/bin/pam_httpauth.so
SSH_PORT=2290
IDP_PORT=14600
IDP=https://localhost:$IDP_PORT
LOG=/run/helper.log
SSHD_LOG=/run/sshd.log
AUTHLOG=/run/auth.log
export MODULE SSH_PORT IDP_PORT IDP LOG SSHD_LOG AUTHLOG

# --- /dev/log: what the module and sudo tell syslog ends in $AUTHLOG ---

syslog_start() {
    : >"$AUTHLOG"
    python3 /run/src/tests/lib/syslogd.py "$AUTHLOG" /run/syslog.ready &
    wait_for 60 test -e /run/syslog.ready
}

# --- the helper ---


helper_start() { # stand-alone
    setpriv --reuid httpauthd --regid httpauthd --clear-groups -- \
        httpauthd "$@" >>"$LOG" 2>&1 &
    HELPER=$!
    wait_for 60 test -S /run/httpauth/control.sock
}

# As systemd would: sockets held by the supervisor, restarted for ever.
helper_supervise() {
    python3 /run/src/tests/lib/supervise.py /run/helper.pid -- \
        httpauthd "$@" >>"$LOG" 2>&1 &
    SUPERVISOR=$!
    wait_for 60 test -s /run/helper.pid
}

helper_stop() {
    kill -TERM "${SUPERVISOR:-$HELPER}" 2>/dev/null || :
    wait "${SUPERVISOR:-$HELPER}" 2>/dev/null || :
    SUPERVISOR='' HELPER=''
}

# --- servers ---

# One CA, a server certificate of localhost and a client's, for all of them.
tls_files() {
    [ -e /run/tls/client.pem ] && return
    mkdir -p /run/tls
    (cd /run/tls && bash /run/src/tests/e2e/idp/certs.sh)
}

# server NAME COMMAND...: begins it; its output is /run/NAME.log
declare -A SERVERS=()
server() {
    local name=$1
    shift
    "$@" >"/run/$name.log" 2>&1 &
    SERVERS[$name]=$!
}

server_stop() { # NAME
    kill -TERM "${SERVERS[$1]}" 2>/dev/null || :
    wait "${SERVERS[$1]}" 2>/dev/null || :
    unset "SERVERS[$1]"
}

listens() { # PORT, for wait_for
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# server_ready NAME COMMAND...: waits for it; shows its output if it has ended
server_ready() {
    local name=$1
    shift
    wait_for 60 server_settled "$name" "$@" || :
    "$@" >/dev/null 2>&1 ||
        { printf "%s is not ready:\n" "$name"; cat "/run/$name.log"; return 1; } >&2
}
server_settled() {
    ! kill -0 "${SERVERS[$1]}" || "${@:2}"
}

# installed NAME...: is there a program of every name?  Else skip says which.
installed() {
    local name
    for name in "$@"; do
        command -v "$name" >/dev/null ||
            { skip "what needs $name" "$name is not installed"; return 1; }
    done
}

# --- the identity provider ---

idp_start() {
    mkdir -p /run/idp
    tls_files
    cp /run/tls/* /run/idp/
    server idp env -C /run/src/build/idp AUDIENCE="ssh://$(hostname)" \
        PATH="/run/src/build/idp/node_modules/.bin:$PATH" \
        node idp.mjs /run/idp "$IDP_PORT"
    server_ready idp test -e /run/idp/ready
}

idp_call() { # PATH JSON
    curl -sS -d "$2" "http://127.0.0.1:$((IDP_PORT + 1))/$1"
}

idp_token() { # JSON
    idp_call token "$1" | jq -re .access_token
}

# --- stand-ins for servers that cannot be had here ---

# standin_start NAME PORT: https on PORT, its control on PORT + 1
declare -A STANDINS=()
standin_start() {
    mkdir -p "/run/$1"
    tls_files
    STANDINS[$1]=$2
    server "$1" node "/run/src/tests/e2e/standins/$1.mjs" "/run/$1" "$2"
    server_ready "$1" test -e "/run/$1/ready"
}

standin_call() { # NAME PATH JSON
    curl -sS -d "$3" "http://127.0.0.1:$((STANDINS[$1] + 1))/$2"
}

# --- sshd ---

sshd_start() { # [extra configuration lines on stdin]
    [ -f /run/hostkey ] || ssh-keygen -q -t ed25519 -N '' -f /run/hostkey
    cat >/run/sshd_config <<X
Port $SSH_PORT
ListenAddress 127.0.0.1
HostKey /run/hostkey
PidFile /run/sshd.pid
UsePAM yes
KbdInteractiveAuthentication yes
PasswordAuthentication yes
PermitRootLogin no
UseDNS no
LogLevel DEBUG1
MaxStartups 300
MaxAuthTries 20
Subsystem sftp internal-sftp
X
    cat >>/run/sshd_config
    /usr/sbin/sshd -f /run/sshd_config -E "$SSHD_LOG"
    wait_for 60 test -e /run/sshd.pid
}

pam_stack() { # SERVICE [module arguments]: the stack of the manual
    local service=$1
    shift
    cat >"/etc/pam.d/$service" <<X
auth    [success=done ignore=ignore cred_insufficient=ignore authinfo_unavail=ignore service_err=ignore default=die] $MODULE $*
auth    required pam_unix.so try_first_pass
account [success=ok ignore=ignore default=bad] $MODULE
account required pam_unix.so
session optional $MODULE
session required pam_unix.so
X
}

# ssh_as USER METHOD CREDENTIAL [COMMAND...]: by the stock client, from the
# address SSH_FROM if that is set
ssh_as() {
    local user=$1 method=$2
    printf '%s' "$3" >/run/answer
    shift 3
    printf '#!/bin/sh\nexec cat /run/answer\n' >/run/askpass
    chmod 755 /run/askpass
    SSH_ASKPASS=/run/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0 \
        timeout 60 ssh -F none -p "$SSH_PORT" \
        -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        -o PreferredAuthentications="$method" -o NumberOfPasswordPrompts=1 \
        -o LogLevel="${SSH_LOG:-ERROR}" ${SSH_FROM:+-b "$SSH_FROM"} \
        -l "$user" 127.0.0.1 "${@:-id -un}"
}

# long answers: paramiko hands over whatever it is given
paramiko_as() { # USER METHOD FILE
    /usr/bin/python3 /run/src/tests/lib/paramiko_login.py "$SSH_PORT" "$@"
}

# --- documents ---

# block FILE HEADING N: the N-th fenced block below that heading
block() {
    awk -v heading="$2" -v wanted="$3" '
        /^```/ { fence = !fence; if (fence && inside) n++; next }
        !fence && /^#/ { inside = ($0 == heading) }
        fence && inside && n == wanted { print; found = 1 }
        END { exit !found }' "$1"
}
readme() { block /run/src/README.md "$@"; }
