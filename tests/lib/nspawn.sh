# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by the tests that boot a small Debian of their own.
#
#   tree_make TREE PACKAGES   a minimal system with PACKAGES (a,b,c) in TREE,
#                             unless it is there already
#   tree_boot ROOT SCRATCH    boots it; fails when it is not up in a minute
#   inside COMMAND...         runs a command in it
#   tree_halt                 ends it

tree_make() {
    [ "$(cat "$1/.whole" 2>/dev/null)" != "$2" ] || return 0
    rm -rf "$1"
    mmdebstrap -q --variant=minbase --include="$2" \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$1" "$(
            apt-get indextargets --format '$(REPO_URI)' \
                'Codename: bookworm' | head -n 1)" >/dev/null
    echo "$2" >"$1/.whole"
}

tree_leader() { pgrep -P "$tree_container" -x systemd; }
inside() {
    nsenter -t "$(tree_leader)" -m -u -i -n -p -C -- /usr/bin/env -i \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb "$@"
}
tree_is_up() {
    case $(inside systemctl is-system-running 2>/dev/null || :) in
    running | degraded) ;;
    *) return 1 ;;
    esac
}

tree_boot() {
    systemd-nspawn -q -b -D "$1" --machine="httpauth-$$" --register=no \
        --keep-unit --private-network --timezone=off --console=pipe \
        --resolv-conf=off </dev/null >"$2/console" 2>&1 &
    tree_container=$!
    # At most a minute: it boots in two seconds.
    for _ in $(seq 600); do
        ! tree_is_up 2>/dev/null || return 0
        read -rt 0.1 <> <(:) || :
    done
    tail -n 30 "$2/console" | sed 's/^/#   /'
    kill "$tree_container" 2>/dev/null || :
    return 1
}

tree_halt() {
    inside systemctl poweroff >/dev/null 2>&1 || :
    wait "$tree_container" || :
}
