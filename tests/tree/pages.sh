#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Pages, scripts and sources as their linters want them.
set -euo pipefail
. tests/lib/tap.sh
build=$1
while read -r page; do
    check "mandoc has no complaint about $page" \
        mandoc -T lint -W warning "$page"
    check "man breaks no line of $page at 80 columns" bash -c \
        '! groff -mdoc -Tutf8 -rLL=78n -ww "$0" 2>&1 >/dev/null | grep .' "$page"
done < <(find pam_httpauth helper conf -name '*.[1578]' | sort)
while read -r script; do
    check "shellcheck has no complaint about $script" \
        shellcheck -x "$script"
done < <(printf '%s\n' dev .ci/run packaging/debian/tests/sshd-login \
    packaging/debian/*.{postinst,prerm,postrm}
    find tests packaging -name '*.sh' | sort)
check 'clang-format would change nothing' bash -c \
    'find pam_httpauth helper tests -name "*.[ch]" |
        xargs clang-format --dry-run --Werror'
check 'httpauthctl(1) names every command of --help' bash -c \
    "'$build/httpauthctl' --help | sed -n 's/^  \([a-z-]*\) .*/\1/p' |
        while read -r word; do
            grep -q \"\\b\$word\\b\" helper/ctl/httpauthctl.1 ||
                { echo \"\$word is not in the page\"; exit 1; }
        done"
check 'pam_httpauth(8): its synopsis has every argument' bash -c \
    "sed -n '/^\.Ss Arguments/,/^\.Ss Who/s/^\.It Cm \([a-z_]*\).*/\1/p' \
        pam_httpauth/pam_httpauth.8 | while read -r word; do
            sed '/^\.Sh DESCRIPTION/q' pam_httpauth/pam_httpauth.8 |
                grep -q \"^\.Op Cm.*\b\$word\b\" ||
                { echo \"\$word is not in the synopsis\"; exit 1; }
        done"
check 'the units are well-formed' bash -c \
    'for unit in packaging/systemd/*.s*; do
        case $unit in *.service|*.socket) ;; *) continue ;; esac
        grep -q "^\[Unit\]" "$unit" || exit 1
    done'
exposure=$(systemd-analyze security --offline=true --no-pager \
    packaging/systemd/httpauthd.service 2>/dev/null |
    sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p')
check "systemd-analyze sees an exposure of at most 1.2 ($exposure)" \
    awk -v found="$exposure" 'BEGIN { exit !(found != "" && found <= 1.2) }'
tap_end
