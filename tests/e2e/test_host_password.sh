#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# App passwords of this host: made, used, bound, replaced, revoked; and made by
# their users themselves, who show a token for it.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

idp_start
host_start
hosting() { # lines of [issuer local]
    SERVICE=${SERVICE:-issuers = local idp} configure <<X
[issuer local]
accept = host-password
$(printf '%b\n' "$@")
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
[service app-password]
issuers = idp
X
}
hosting
create() { # USER [OPTION...]
    httpauthctl app-password create --user "$@" | tee -a /run/passwords
}
id_of() { cut -d _ -f 2 <<<"$1"; }
by() { # USER CREDENTIAL COMMAND...: httpauthctl app-password COMMAND
    setpriv --reuid "$1" --regid "$1" --init-groups \
        httpauthctl app-password "${@:3}" <<<"$2"
}
fails() { # NAME COMMAND...: with words for it
    local name=$1
    shift
    if "$@" >/run/out 2>&1; then not_ok "$name" /run/out; else ok "$name"; fi
}

# --- used ---

laptop=$(create alice --name laptop)
logs_in 'keyboard-interactive' "$laptop"
logs_in 'password' "$laptop" alice password
is 'by sshpass' alice "$(SSHPASS=$laptop sshpass -e ssh -F none -p "$SSH_PORT" \
    -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
    -o LogLevel=ERROR -o PreferredAuthentications=password \
    alice@127.0.0.1 id -un)"
sshd_refuses 'the one of another user' password "$laptop" bob
is 'a damaged one' 'wrong form' "$(tried "${laptop%?}")"
is 'one with a letter too many' 'wrong form' "$(tried "${laptop}0")"
check 'its length suits every program' test ${#laptop} -le 96
is 'its file is for the helper alone' '600 httpauthd' "$(stat -c '%a %U' \
    "/var/lib/httpauth/app-passwords/$(id_of "$laptop").json")"
is 'and does not hold it' '' "$(grep -rF "${laptop: -30:20}" \
    /var/lib/httpauth || :)"
helper_stop
hosting
is 'it outlives the helper' 'accepted accepted' "$(tried "$laptop")"
has 'it is listed by its name' <(httpauthctl app-password list) laptop
has 'and by when it was used' <(
    httpauthctl app-password show "$(id_of "$laptop")") 'last used.* for '

# --- bound ---

is 'for another service' 'forbidden password-rule' \
    "$(tried "$(create alice --service sshd)")"
is 'for this service' 'accepted accepted' \
    "$(tried "$(create alice --service sshd --service pamtester)")"
is 'for another host' 'forbidden password-rule' \
    "$(tried "$(create alice --host other.test)")"
is 'for this host' 'accepted accepted' \
    "$(tried "$(create alice --host "$(hostname)")")"
near=$(create alice --network 127.0.0.8/30)
sshd_refuses 'from elsewhere' password-rule "$near"
is 'from where it is for' alice \
    "$(SSH_FROM=127.0.0.9 ssh_as alice keyboard-interactive "$near")"
is 'for an hour' 'accepted accepted' \
    "$(tried "$(create alice --expires 1h)")"
SERVICE='issuers = local idp\nrequire_scope = backup' hosting
is 'without a scope that the service wants' 'forbidden scope-claim' \
    "$(tried "$laptop")"
is 'with it' 'accepted accepted' "$(tried "$(create alice --scope backup)")"
hosting

# --- replaced and revoked ---

old=$(create alice --name printer --expires 1h)
new=$(httpauthctl app-password rotate "$(id_of "$old")" --overlap 1s)
is 'the new one' 'accepted accepted' "$(tried "$new")"
check 'the old one ends' wait_for 60 gives 'wrong expired' "$old"
has 'the new one is for the same' \
    <(httpauthctl app-password show "$(id_of "$new")") printer
logs_in 'before it is revoked' "$new"
check 'it can be revoked' httpauthctl app-password revoke "$(id_of "$new")"
is 'after that' 'wrong password' "$(tried "$new")"
is 'the others are as before' 'accepted accepted' "$(tried "$laptop")"

# --- made by their users ---

token=$(idp_token '{}')
mine=$(by alice "$token" create --name phone)
logs_in 'one that alice made by showing a token' "$mine"
has 'alice sees hers' <(by alice '' list) phone
fails 'bob does not' bash -c \
    "$(declare -f by); by bob '' list --user alice | grep phone"
fails 'alice makes none for bob' by alice "$token" create --user bob
fails 'nor without a credential' by alice '' create
fails 'nor by a token of another' \
    by alice "$(idp_token '{"user": "bob"}')" create
fails 'nor by an expired one' by alice "$(idp_token '{"ttl": -300}')" create
fails 'nor by an app password' by alice "$mine" create
fails 'nor for longer than allowed' \
    by alice "$(idp_token '{}')" create --expires 300d
fails 'nor with a scope' by alice "$(idp_token '{}')" create --scope backup
fails 'bob does not revoke hers' by bob '' revoke "$(id_of "$mine")"
is 'and it is not' 'accepted accepted' "$(tried "$mine")"
check 'alice does' by alice '' revoke "$(id_of "$mine")"
is 'and it is' 'wrong password' "$(tried "$mine")"

# --- of people who have left ---

hosting 'idp_seen_within = 30d'
phone=$(by alice "$(idp_token '{}')" create --name phone)
is 'of whom the provider has vouched for' 'accepted accepted' \
    "$(tried "$phone")"
helper_stop
printf '%s alice\n' $(($(date +%s) - 31 * 86400)) >/var/lib/httpauth/seen
hosting 'idp_seen_within = 30d'
is 'it did so too long ago' 'forbidden idp-unseen' "$(tried "$phone")"
is 'which is nothing to what root made' 'accepted accepted' "$(tried "$laptop")"
helper_stop
rm /var/lib/httpauth/seen
hosting 'idp_seen_within = 30d'
is 'it never did' 'forbidden idp-unseen' "$(tried "$phone")"
logs_in 'by a token of the provider' "$(idp_token '{}')"
is 'it has done so again' 'accepted accepted' "$(tried "$phone")"
hosting

# --- of one environment ---

hosting 'app_password_environment = prod'
prod=$(create alice)
has 'the environment stands in it' <(echo "$prod") '^hap_prod_'
is 'it serves there' 'accepted accepted' "$(tried "$prod")"
is 'one without does not' 'wrong form' "$(tried "$laptop")"

mapfile -t passwords <<<"$(cat /run/passwords; echo "$new"; echo "$mine"; echo "$phone")"
check 'none of them is in any log' unlogged "${passwords[@]}"
helper_stop
tap_end
