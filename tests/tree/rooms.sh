#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The rooms of the house: each includes only itself and those before it.
set -euo pipefail
. tests/lib/tap.sh
rooms=(base wire conf jose http issuer hostpw session policy daemon ctl client)

allowed() { # ROOM: the rooms it may include
    local room
    for room in "${rooms[@]}"; do
        printf '%s ' "$room"
        [ "$room" != "$1" ] || return 0
    done
}

foreign() { # FILES-FOLDER ALLOWED: includes of other rooms
    local folder=$1 may=" $2 "
    grep -HoE '^#include "[^"]+"' -r "$folder" --include='*.[ch]' |
        while IFS=: read -r file line; do
            path=${line#*\"}
            path=${path%\"}
            case $path in
            config.h) continue ;;
            pam_httpauth/*) room=module ;;
            helper/*/*) room=${path#helper/} room=${room%%/*} ;;
            *) room="?$path" ;;
            esac
            [[ $may == *" $room "* ]] || printf '%s includes %s\n' \
                "$file" "$path"
        done
}

for room in "${rooms[@]}"; do
    is "helper/$room includes only rooms before it" '' \
        "$(foreign "helper/$room" "$(allowed "$room")")"
done
is 'the module includes only itself, base and wire' '' \
    "$(foreign pam_httpauth 'module base wire')"

# Whoever may not link a library may not include its header either.
libc_only=$(grep -lE '^#include <(openssl|curl|uv|jansson|seccomp)' \
    -r helper/base helper/wire helper/conf pam_httpauth || :)
is 'base, wire, conf and the module include no library' '' "$libc_only"

is 'every source file says its licence in line one' '' "$(
    find pam_httpauth helper tests -name '*.[ch]' -exec sh -c \
        'head -n 1 "$1" | grep -q "SPDX-License-Identifier" || echo "$1"' \
        _ {} \;)"
is 'no source file of the product is over 500 lines' '' "$(
    find pam_httpauth helper -name '*.[ch]' -exec awk \
        'END { if (NR > 500) print FILENAME, NR }' {} \;)"
is 'nothing is left open in the code' '' "$(
    grep -rnE '\b(TO[D]O|FIX[M]E|X[X]X|HAC[K])\b' pam_httpauth helper dev || :)"
tap_end
