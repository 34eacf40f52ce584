#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Programs other than sshd, each with the stack that is shipped for it.
set -euo pipefail
. /run/src/tests/e2e/methods.sh

httpauthctl issuer init >/dev/null 2>&1
host_start
mkdir -p /run/servers
chmod 755 /run/servers
shipped() { # SERVICE: its stack, with the module that was built
    sed "s,pam_httpauth.so,$MODULE,; /pam_selinux\|pam_keyinit/d" \
        "/run/src/conf/pam.d/$1" >"/etc/pam.d/$1"
}
for service in nginx dovecot postgresql vsftpd squid sudo su login; do
    shipped $service
done
services=$(printf '[service %s]\\n' nginx dovecot postgresql vsftpd squid sudo \
    su login)
HTTPAUTHD='trusted_callers = www-data:nginx postgres:postgresql proxy:squid
throttle_tries = 1000' SERVICE="issuers = local\n$services" configure <<'X'
[issuer local]
accept = jwt host-password
X
token=$(httpauthctl token mint --user alice 2>/dev/null)
password=$(httpauthctl app-password create --user alice)
pad=$(head -c 2500 /dev/zero | tr '\0' x)
long=$(httpauthctl token mint --user alice --claim "pad=\"$pad\"" 2>/dev/null)
bobs=$(httpauthctl token mint --user bob 2>/dev/null)

# longest WANTED COMMAND [BEFORE]: of tokens of so many bytes the longest with
# which COMMAND, behind BEFORE, prints WANTED
longest() {
    local size found=none pad
    for size in 1000 4000 4200 6000 8000 12000 16000 30000 60000; do
        if [ ! -e /run/token.$size ]; then
            pad=$(head -c $(((size - 420) * 3 / 4)) /dev/zero | tr '\0' x)
            httpauthctl token mint --user alice --claim "pad=\"$pad\"" \
                2>/dev/null >/run/token.$size
        fi
        [ "$($2 "${3:-}$(cat /run/token.$size)")" != "$1" ] || found=$size
    done
    echo $found
}

# --- nginx ---

if installed nginx && [ -e /usr/lib/nginx/modules/ngx_http_auth_pam_module.so ]
then
    mkdir -p /run/servers/nginx/html
    echo hello >/run/servers/nginx/html/index.html
    chmod -R a+rX /run/servers
    sed 's,/var/www/html,/run/servers/nginx/html,' \
        /run/src/conf/nginx/httpauth.conf >/run/servers/nginx/site.conf
    cat >/run/servers/nginx/nginx.conf <<'X'
load_module /usr/lib/nginx/modules/ngx_http_auth_pam_module.so;
daemon off;
user www-data;
pid /run/servers/nginx/pid;
error_log /run/servers/nginx/error.log;
events {}
http {
    access_log off;
    client_body_temp_path /run/servers/nginx/body;
    proxy_temp_path /run/servers/nginx/proxy;
    fastcgi_temp_path /run/servers/nginx/fastcgi;
    uwsgi_temp_path /run/servers/nginx/uwsgi;
    scgi_temp_path /run/servers/nginx/scgi;
    large_client_header_buffers 4 16k;
    include /run/servers/nginx/site.conf;
}
X
    server nginx nginx -c /run/servers/nginx/nginx.conf
    server_ready nginx listens 8080
    get() { # CURL ARGUMENT...: status, then what of the answer matters here
        curl -s -o /run/page -w '%{http_code}' "$@" \
            http://127.0.0.1:8080/index.html
    }
    is 'nginx: a token' 200 "$(get -u "alice:$token")"
    is 'one of 4 KB' 200 "$(get -u "alice:$long")"
    basic() { get -u "$1"; }
    is 'how long it may be' 12000 "$(longest 200 basic alice:)"
    is 'an app password' 200 "$(get -u "alice:$password")"
    is "another's token" 401 "$(get -u "alice:$bobs")"
    is 'none' 401 "$(get)"
    cached=$(httpauthctl status --json | jq .cache_hits)
    for _ in 1 2 3 4 5; do get -u "alice:$token" >/dev/null; done
    is 'the next requests come from the cache' 5 \
        "$(($(httpauthctl status --json | jq .cache_hits) - cached))"
    preflight() { # ORIGIN
        curl -s -o /run/page -D - -X OPTIONS -H "Origin: $1" \
            -H 'Access-Control-Request-Method: GET' \
            -H 'Access-Control-Request-Headers: authorization' \
            http://127.0.0.1:8080/ | tr -d '\r' |
            grep -iE '^HTTP|allow-(origin|credentials)' | xargs
    }
    is 'a preflight passes without a credential' 'HTTP/1.1 204 No Content Access-Control-Allow-Origin: https://app.example Access-Control-Allow-Credentials: true' \
        "$(preflight https://app.example)"
    is 'of another origin without leave' 'HTTP/1.1 204 No Content Access-Control-Allow-Credentials: true' \
        "$(preflight https://evil.example)"
    origin() { # ORIGIN: of the answer to a credential
        curl -s -o /run/page -D - -H "Origin: $1" -u "alice:$token" \
            http://127.0.0.1:8080/ | tr -d '\r' |
            sed -n 's/^Access-Control-Allow-Origin: //pi'
    }
    is 'an answer names the exact origin' https://admin.example \
        "$(origin https://admin.example)"
    is 'and no other' '' "$(origin https://admin.example.evil)"
    server_stop nginx
else
    skip 'nginx' 'nginx or its auth_pam module is not installed'
fi

# --- dovecot ---

if installed dovecot; then
    mkdir -p /run/servers/dovecot
    cat >/run/servers/dovecot.conf <<'X'
base_dir = /run/servers/dovecot
state_dir = /run/servers/dovecot
log_path = /run/servers/dovecot.log
protocols = imap
ssl = no
disable_plaintext_auth = no
listen = 127.0.0.1
mail_location = maildir:~/Maildir
passdb {
  driver = pam
  args = dovecot
}
userdb {
  driver = passwd
}
service imap-login {
  inet_listener imap {
    port = 14343
  }
  inet_listener imaps {
    port = 0
  }
}
X
    server dovecot dovecot -F -c /run/servers/dovecot.conf
    server_ready dovecot listens 14343
    imap() { # PASSWORD: by IMAP's AUTHENTICATE PLAIN
        curl -s --login-options AUTH=PLAIN -u "alice:$1" -X NOOP \
            imap://127.0.0.1:14343/ >/run/page && echo in || echo refused
    }
    is 'dovecot: an app password' in "$(imap "$password")"
    is 'a token' in "$(imap "$token")"
    is 'one of 4 KB' in "$(imap "$long")"
    is 'how long it may be' 6000 "$(longest in imap)"
    is 'a Unix password' in "$(imap unix-alice)"
    is "another's token" refused "$(imap "$bobs")"
    server_stop dovecot
fi

# --- PostgreSQL ---

postgres=$(echo /usr/lib/postgresql/*/bin)
if [ -x "$postgres/initdb" ]; then
    install -d -m 700 -o postgres /run/servers/postgres
    as_postgres() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }
    as_postgres "$postgres/initdb" -D /run/servers/postgres -A trust \
        >/run/servers/initdb.log 2>&1
    cat >/run/servers/postgres/pg_hba.conf <<'X'
local all postgres peer
host all all 127.0.0.1/32 pam pamservice=postgresql
X
    server postgres setpriv --reuid postgres --regid postgres --init-groups \
        "$postgres/postgres" -D /run/servers/postgres -p 14432 \
        -k /run/servers/postgres -h 127.0.0.1
    server_ready postgres as_postgres psql -qh /run/servers/postgres -p 14432 \
        -c 'select 1' postgres
    as_postgres psql -qh /run/servers/postgres -p 14432 postgres \
        -c 'create role alice login'
    query() { # PASSWORD
        PGPASSWORD=$1 psql -Atqh 127.0.0.1 -p 14432 -U alice postgres \
            -c 'select current_user' 2>/run/page || echo refused
    }
    is 'PostgreSQL: a token' alice "$(query "$token")"
    is 'one of 4 KB' alice "$(query "$long")"
    is 'how long it may be' 30000 "$(longest alice query)"
    is 'an app password' alice "$(query "$password")"
    is "another's token" refused "$(query "$bobs")"
    server_stop postgres
else
    skip 'PostgreSQL' 'initdb is not installed'
fi

# --- vsftpd ---

if installed vsftpd; then
    mkdir -p /run/servers/empty
    cat >/run/servers/vsftpd.conf <<'X'
listen=YES
listen_address=127.0.0.1
listen_port=14321
background=NO
anonymous_enable=NO
local_enable=YES
pam_service_name=vsftpd
secure_chroot_dir=/run/servers/empty
seccomp_sandbox=NO
X
    server vsftpd vsftpd /run/servers/vsftpd.conf
    server_ready vsftpd listens 14321
    ftp() { # PASSWORD
        curl -s -u "alice:$1" ftp://127.0.0.1:14321/ >/run/page && echo in ||
            echo refused
    }
    is 'vsftpd: an app password' in "$(ftp "$password")"
    is 'a Unix password' in "$(ftp unix-alice)"
    is 'a token is too long for it' refused "$(ftp "$token")"
    server_stop vsftpd
fi

# --- squid's basic_pam_auth ---

if [ -x /usr/lib/squid/basic_pam_auth ]; then
    chown proxy: /run/servers/empty
    cat >/run/servers/squid.conf <<'X'
http_port 127.0.0.1:14328
pid_filename none
cache deny all
access_log none
cache_log /run/servers/empty/squid.log
coredump_dir /run/servers/empty
auth_param basic program /usr/lib/squid/basic_pam_auth -n squid -1
auth_param basic children 2
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
X
    mkdir -p /run/servers/origin
    echo reached >/run/servers/origin/index.html
    server origin python3 -m http.server -b 127.0.0.1 -d /run/servers/origin 14329
    server squid squid -N -f /run/servers/squid.conf
    server_ready squid listens 14328
    server_ready origin listens 14329
    through() { # USER:PASSWORD: the status
        curl -s -o /run/page -w '%{http_code}' --noproxy '' \
            -x http://127.0.0.1:14328 ${1:+-U "$1"} http://127.0.0.1:14329/
    }
    is 'squid: a token' 200 "$(through "alice:$token")"
    is 'one of 4 KB' 200 "$(through "alice:$long")"
    is 'how long it may be' 8000 "$(longest 200 through alice:)"
    is 'an app password' 200 "$(through "alice:$password")"
    is "another's token" 407 "$(through "alice:$bobs")"
    is 'none' 407 "$(through '')"
    server_stop squid
    server_stop origin
else
    skip 'squid' 'basic_pam_auth is not installed'
fi

# --- login and su ---

printf '%s' "$token" >/run/answer
is 'login' alice "$(/usr/bin/expect -f tests/lib/terminal.exp /run/answer \
    'echo marker-$(id -un); exit' login alice)"
is 'su' alice "$(setpriv --reuid bob --regid bob --init-groups \
    su alice -c 'id -un' <<<"$token" 2>/dev/null)"
is 'root becomes a user without a question' alice "$(su alice -c 'id -un' </dev/null)"

# --- sudo, and Ansible's way of calling it ---

as_alice() { setpriv --reuid alice --regid alice --init-groups env \
    HOME=/home/alice USER=alice "$@"; }
is 'sudo -S' root "$(as_alice sudo -S id -un <<<"$token" 2>/dev/null)"
printf '#!/bin/sh\necho "%s"\n' "$token" >/home/alice/ask
chmod 755 /home/alice/ask
is 'sudo -A' root "$(as_alice SUDO_ASKPASS=/home/alice/ask sudo -A id -un)"
is 'sudo -p: its question takes the place of ours' 'give it to me: ' \
    "$(as_alice sudo -Sp 'give it to me: ' true <<<"$token" 2>&1 || :)"
if installed ansible; then
    mkdir -p /run/ansible/.ansible
    cat >/run/ansible/hosts <<X
host ansible_host=127.0.0.1 ansible_port=$SSH_PORT ansible_user=alice ansible_python_interpreter=/usr/bin/python3 ansible_ssh_extra_args='-o UserKnownHostsFile=/dev/null'
X
    play() { # SSH-PASSWORD BECOME-PASSWORD
        jq -n --arg s "$1" --arg b "$2" \
            '{ansible_password: $s, ansible_become_password: $b}' >/run/secrets
        HOME=/run/ansible LC_ALL=C.UTF-8 ANSIBLE_HOST_KEY_CHECKING=False timeout 60 ansible \
            -i /run/ansible/hosts -e @/run/secrets --become -m command \
            -a 'id -un' host 2>&1 | tail -n 1
    }
    is 'Ansible by an app password' root "$(play "$password" "$password")"
    is 'and with a token for sudo' root "$(play "$password" "$token")"
    export ANSIBLE_SSH_ARGS='-o ControlMaster=no -o ControlPath=none'
    is 'not by a wrong one' '' "$(play "$password" wrong | grep -x root || :)"
    is 'neither of ssh' '' "$(play wrong "$password" | grep -x root || :)"
fi

# --- who asks about himself ---

is 'a program of the user asks about him' yes "$(as_alice \
    pamtester pamtester alice authenticate <<<"$token" >/run/said 2>&1 &&
    echo yes)"
is 'and about nobody else' '' "$(as_alice \
    pamtester pamtester bob authenticate <<<"$bobs" >/run/said 2>&1 &&
    echo yes)"
helper_stop
tap_end
