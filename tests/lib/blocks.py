# SPDX-License-Identifier: BSD-2-Clause
"""blocks.py: of half blocks on stdin (UTF-8), as a terminal shows them light on
dark, a picture (PBM) with eight dots to a module."""
import sys

SCALE = 8
LIGHT = {"█": (0, 0), "▀": (0, 1), "▄": (1, 0), " ": (1, 1)}

lines = [line.rstrip("\n") for line in sys.stdin]
lines = [line for line in lines if "█" in line]
width = max(map(len, lines), default=0)
rows = []
for line in lines:
    pairs = [LIGHT[c] for c in line.ljust(width)]
    rows += [[upper for upper, _ in pairs], [lower for _, lower in pairs]]
print("P1", width * SCALE, len(rows) * SCALE)
for row in rows:
    dots = " ".join(str(dark) for dark in row for _ in range(SCALE))
    for _ in range(SCALE):
        print(dots)
