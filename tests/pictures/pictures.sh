#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# pictures.sh BUILD: plays the scenes and the demo, and draws what was seen into
# doc/pictures.
set -euo pipefail
build=$1
scenes=$(mktemp -d "$build/scenes.XXXXXX")
trap 'rm -rf "$scenes"' EXIT
bash tests/e2e/host.sh "$build" bash tests/pictures/scenes.sh \
    "/run/build/$(basename "$scenes")"
# On a terminal, for its bold letters.
BUILD=$build expect -c 'set timeout 120; set stty_init "rows 100 cols 80"
    spawn -noecho bash tests/e2e/host.sh $env(BUILD) bash tests/e2e/demo.sh
    expect eof' >"$scenes/demo"
draw() { # NAME TITLE
    python3 tests/pictures/terminal_svg.py "$2" <"$scenes/$1" \
        >"doc/pictures/$1.svg"
}
mkdir -p doc/pictures
draw demo './dev demo'
draw device 'a login without a token on the client'
draw why 'why somebody was refused'
draw doctor 'what is wrong, and which line to change'
ls doc/pictures
