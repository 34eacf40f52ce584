#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What was issued before `httpauthctl revoke` opens nothing any more: by user,
# subject, issuer and altogether, after a restart, and while it is looked at.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

idp_start
host_start
httpauthctl issuer init >/dev/null 2>&1
printf 'rs-secret\n' | secret rs.secret
SERVICE='issuers = idp local' configure <<X
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
users = *
accept = jwt introspection
token_pattern = :base64url:43-43
client_auth = client_secret_basic
client_id = rs
client_secret_file = rs.secret
[issuer local]
accept = jwt host-password
X
now=$(date +%s)
token() { # USER SECONDS-FROM-NOW [ALG]: issued then
    idp_token "{\"user\": \"$1\", \"alg\": \"${3:-ES256}\",
        \"payload\": {\"iat\": $((now + $2))}}"
}
revoke() { httpauthctl revoke "$@"; }
marks() { cat /var/lib/httpauth/revocations 2>/dev/null || :; }
restart() {
    helper_stop
    helper_start
    written # its socket is there before it has read anything
}

# --- a user ---

alice=$(token alice -120)
bob=$(token bob -120)
key=$(httpauthctl app-password create --user alice)
minted=$(httpauthctl token mint --user alice)
opaque=$(idp_token '{"alg": "opaque"}')
for credential in "$alice" "$key" "$minted" "$opaque"; do
    is 'before' 'accepted accepted' "$(tried "$credential")"
done
has 'it says what it did' <(revoke --user alice) 'concerns: alice'
has 'a name that nobody has may be mistyped' <(revoke --user alcie 2>&1) \
    'warning: there is no account alcie'
has 'of one that is there is no warning' <(revoke --user alice 2>&1 |
    grep -c warning) '^0$'
has 'the mark is on the disk' <(marks) '^user [0-9]+ alice$'
for credential in "$alice" "$key" "$minted" "$opaque"; do
    is 'after' 'wrong token-revoked' "$(tried "$credential")"
done
sshd_refuses 'a token that was revoked' token-revoked "$alice"
is 'of another user nothing was' 'accepted accepted' "$(tried "$bob" bob)"
logs_in 'a Unix password' unix-alice
restart
is 'a restart forgets nothing' 'wrong token-revoked' "$(tried "$alice")"
is 'and revokes nothing' 'accepted accepted' "$(tried "$bob" bob)"
has 'the explanation names the mark' <(httpauthctl verify --user alice \
    --service sshd <<<"$alice" || :) 'revocation.*issued after'

# What is issued later than the leeway is not touched.
helper_stop
echo "user $((now - 600)) alice" >/var/lib/httpauth/revocations
helper_start
is 'a token that came later' 'accepted accepted' "$(tried "$alice")"
is 'one within the leeway did not' 'wrong token-revoked' \
    "$(tried "$(token alice -540)")"
is 'a second later it did' 'accepted accepted' \
    "$(tried "$(token alice -539)")"

# --- between auth and account ---

cat >/etc/pam.d/slow <<X
auth    required $MODULE
account required pam_exec.so /run/between
account required $MODULE
X
cat >/run/between <<'X'
#!/bin/bash
[ ! -e /run/revoke ] || PATH=/run/bin:$PATH httpauthctl revoke --user alice
X
chmod 755 /run/between
SERVICE='issuers = idp local\n[service slow]' configure <<X
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
X
in_between() { pamtester slow alice authenticate acct_mgmt <<<"$alice" 2>&1; }
has 'nothing between' <(in_between) 'account management done'
touch /run/revoke
has 'revoked between' <(in_between || :) 'Permission denied'
has 'the log says so' "$LOG" 'phase=account.*reason=revoked'
rm /run/revoke

# --- subject, issuer, all ---

bob=$(token bob -120)
revoke --issuer idp --subject bob >/dev/null
is 'the subject' 'wrong token-revoked' "$(tried "$bob" bob)"
has 'is known by the identifier' <(marks) "^subject [0-9]+ $IDP bob\$"
minted=$(httpauthctl token mint --user bob)
revoke --issuer "$IDP" >/dev/null
is 'the issuer' 'wrong token-revoked' "$(tried "$(token carol -120)" bob)"
is 'another issuer is not' 'accepted accepted' "$(tried "$minted" bob)"
revoke --all >/dev/null
is 'everything' 'wrong token-revoked' "$(tried "$minted" bob)"
restart
is 'one mark is left of all of them' 1 "$(marks | wc -l)"
is 'and holds' 'wrong token-revoked' "$(tried "$minted" bob)"

# --- in flight: asked before, answered after ---

helper_stop
rm /var/lib/httpauth/revocations
configure <<X
[issuer idp]
issuer = $IDP
audience = ssh://%H
ca_file = /run/idp/ca.pem
accept = introspection
token_pattern = :base64url:43-43
client_auth = client_secret_basic
client_id = rs
client_secret_file = rs.secret
X
idp_call fault '{"path": "/token/introspection", "delay": 1500}' >/dev/null
opaque=$(idp_token '{"alg": "opaque"}')
before=$(idp_call hits '{}' | jq '."/token/introspection" // 0')
tried "$opaque" >/run/in-flight &
flight=$!
asked() {
    [ "$(idp_call hits '{}' | jq '."/token/introspection" // 0')" -gt "$before" ]
}
check 'the provider is being asked' wait_for 60 asked
revoke --user alice >/dev/null
wait $flight
is 'what was being looked at is refused' 'wrong token-revoked' \
    "$(cat /run/in-flight)"

# --- and whoever is in, out ---

cat >/run/loginctl <<'X'
#!/bin/sh
echo "$@" >>/run/loginctl.asked
[ "$3" != bob ]
X
chmod 755 /run/loginctl
mount --bind /run/loginctl /usr/bin/loginctl
has 'the sessions of a user are ended' <(revoke --user alice --kill) \
    'ended: the sessions of alice'
is 'by logind, and not by anybody else' 'terminate-user -- alice' \
    "$(cat /run/loginctl.asked)"
is 'what logind does not do is told' 1 \
    "$(revoke --user bob --kill >/dev/null 2>/run/said; echo $?)"
has 'with whose they are' /run/said 'sessions of bob were not ended'
revoke --user alice >/dev/null
is 'nobody is thrown out unasked' 2 "$(wc -l </run/loginctl.asked)"
umount /usr/bin/loginctl

# --- what must not work ---

is 'only root revokes' 3 "$(setpriv --reuid bob --regid bob --init-groups \
    httpauthctl revoke --all >/dev/null 2>&1; echo $?)"
for wrong in '' '--user alice --all' '--subject x' '--issuer idp --all'; do
    # shellcheck disable=SC2086
    is "not: revoke $wrong" 2 "$(revoke $wrong >/dev/null 2>&1; echo $?)"
done
is 'nor a name that is none' 1 "$(revoke --user ../x >/dev/null 2>&1; echo $?)"
helper_stop
echo 'user now alice' >>/var/lib/httpauth/revocations
helper_start
is 'a file that is not understood lets nobody in' 'broken state' \
    "$(tried "$(idp_token '{"alg": "opaque"}')")"
has 'and says so' "$LOG" 'revocations: line [0-9]+: .*every login is refused'
logs_in 'but a Unix password' unix-alice
helper_stop
tap_end
