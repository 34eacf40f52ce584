#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A CA, a server certificate for localhost and the certificate of a client in
# the current folder.
set -euo pipefail
new=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${new[@]}" -keyout ca.key -out ca.pem -days 30 \
    -subj '/CN=Test CA' 2>/dev/null
certificate() { # NAME SUBJECT NAMES USAGE
    openssl req "${new[@]}" -keyout "$1.key" -out "$1.csr" -subj "$2" \
        2>/dev/null
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial \
        -days 30 -out "$1.pem" -extfile <(printf '%s\n' \
            "subjectAltName=$3" "extendedKeyUsage=$4") 2>/dev/null
}
certificate server /CN=localhost DNS:localhost,IP:127.0.0.1 serverAuth
certificate client /CN=client.test DNS:client.test clientAuth
