#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A CA and a server certificate for localhost in the current folder.
set -euo pipefail
new=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
openssl req -x509 "${new[@]}" -keyout ca.key -out ca.pem -days 30 \
    -subj '/CN=Test CA' 2>/dev/null
openssl req "${new[@]}" -keyout server.key -out server.csr \
    -subj /CN=localhost 2>/dev/null
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
    -days 30 -out server.pem -extfile <(printf '%s\n' \
        'subjectAltName=DNS:localhost,IP:127.0.0.1' \
        'extendedKeyUsage=serverAuth') 2>/dev/null
