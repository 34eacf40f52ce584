#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The oldest libraries that configure admits have everything that is used of
# them: by the libraries' own lists of what came when. What is newer stands
# behind a guard of the preprocessor, and is listed here.
set -euo pipefail
. tests/lib/tap.sh
build=$1
programs=("$build"/{httpauthd,httpauthctl,httpauth-token,httpauth-askpass,pam_httpauth.so})

floor() { # MODULE
    sed -n "s/.*\[$1 >= \([0-9.]*\)\].*/\1/p" configure.ac
}

# --- functions: what the dynamic linker will look for ---

# newer LIBRARY FLOOR: those of its functions we import that came later, by the
# list that Debian keeps for its packages
newer() {
    local list
    list=$(echo /var/lib/dpkg/info/"$1"*.symbols)
    [ -e "$list" ] || return 0
    nm -D --undefined-only "${programs[@]}" 2>/dev/null |
        awk 'NF >= 2 { sub(/@.*/, "", $NF); print $NF }' | sort -u |
        while read -r name; do
            since=$(sed -n "s/^ $name@[^ ]* \([0-9.]*\).*/\1/p" "$list" | head -n 1)
            [ -z "$since" ] || ! dpkg --compare-versions "$since" gt "$2" ||
                echo "$name $since"
        done
}
known() { # LIBRARY: without the list nothing could be found
    compgen -G "/var/lib/dpkg/info/$1*.symbols" >/dev/null
}
while read -r library floor; do
    if known "$library"; then
        # Above a floor of nothing there is something: the list is understood.
        check "functions of $library are used" test -n "$(newer "$library" 0~)"
        is "none is newer than ${floor:-any}" '' "$(newer "$library" "$floor")"
    else
        skip "functions of $library" 'dpkg has no list of its symbols here'
    fi
done <<X
libcurl4 $(floor libcurl)
libuv1 $(floor libuv)
libseccomp2 $(floor libseccomp)
libqrencode4 $(floor libqrencode)
libsecret-1-0 $(floor libsecret-1)
libpam0g $(sed -n 's/.*older than \([0-9.]*\)\].*/\1/p' configure.ac)
X
# OpenSSL's names carry their version, in any distribution.
is 'no function of OpenSSL is newer than its floor' \
    "@OPENSSL_$(floor libcrypto).0" \
    "$(nm -D --undefined-only "${programs[@]}" | grep -oE '@OPENSSL_[0-9.]+' |
        sort -u | paste -sd ' ')"
# jansson gave all its names a version in 2.14, so Debian's list tells nothing.
# These are what its release notes say came after the floor, 2.13.
is 'the floor of jansson is that of the names below' 2.13 "$(floor jansson)"
is 'no function of jansson is newer' '' \
    "$(nm -D --undefined-only "${programs[@]}" | grep -oE \
        'json_(object_(get|set|del|set_new)n(_nocheck)?|object_iter_key_len)\b' |
        sort -u)"

# --- constants of libcurl: what the compiler will look for ---

floor=$(floor libcurl)
list=/usr/share/man/man3/libcurl-symbols.3.gz
if [ -e "$list" ]; then
    introduced() { # NAME
        zcat "$list" | awk -v name="$1" '$1 == ".IP" { at = $2 == name }
            at && /^Introduced in / { print $3; exit }'
    }
    uses() { grep -rnoE '\bCURL[A-Z0-9]*_[A-Z0-9]+[A-Za-z0-9_]*\b' helper \
        --include='*.[ch]'; }
    hex() { # 7.85.0
        local a b c
        IFS=. read -r a b c <<<"$1.0"
        printf '0x%02x%02x%02x' "$a" "$b" "${c%%.*}"
    }
    # what version is sure at a line of a file
    guard() { # FILE LINE
        awk -v line="$2" '
            /^#if/ { depth++
                if (match($0, /LIBCURL_VERSION_NUM >= 0x[0-9a-f]+/))
                    sure[depth] = substr($0, RSTART + 23, RLENGTH - 23) }
            /^#else/ { delete sure[depth] }
            /^#endif/ { delete sure[depth]; depth-- }
            NR == line { best = "0x000000"
                for (d in sure) if (sure[d] > best) best = sure[d]
                print best; exit }' "$1"
    }
    is 'libcurl knows every constant' '' "$(uses | cut -d: -f3 | sort -u |
        while read -r name; do [ -n "$(introduced "$name")" ] || echo "$name"; done)"
    newer=$(uses | cut -d: -f3 | sort -u | while read -r name; do
        since=$(introduced "$name")
        [ -z "$since" ] || ! dpkg --compare-versions "$since" gt "$floor" ||
            echo "$name $since"
    done)
    is "these came after $floor" 'CURLOPT_CA_CACHE_TIMEOUT 7.87.0
CURLOPT_PROTOCOLS_STR 7.85.0
CURLOPT_QUICK_EXIT 7.87.0
CURLOPT_REDIR_PROTOCOLS_STR 7.85.0' "$newer"
    is 'and each stands behind its guard' '' "$(while read -r name since; do
        # Not in a comment, where it has a word behind it.
        grep -rn "\b$name\b" helper --include='*.[ch]' | grep -v '/\*' |
            while IFS=: read -r file line _; do
                [[ $(guard "$file" "$line") < $(hex "$since") ]] &&
                    echo "$file:$line: $name, $since"
            done
    done <<<"$newer" || :)"
else
    skip 'constants of libcurl' 'libcurl4-doc is not installed, or without its pages'
fi
tap_end
