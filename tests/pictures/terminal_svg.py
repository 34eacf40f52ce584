# SPDX-License-Identifier: BSD-2-Clause
"""terminal_svg.py TITLE: what a terminal shows for the text on stdin (UTF-8,
bold and dim by their escapes), as an SVG picture on stdout."""
import re
import sys
from xml.sax.saxutils import escape

WIDTH, HEIGHT, MARGIN, BAR = 8.4, 18, 16, 30
ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")
# Half blocks are drawn: letters of most fonts leave gaps between lines.
BLOCKS = {"█": (0, 1), "▀": (0, 0.5), "▄": (0.5, 0.5)}


def pieces(line, style):
    """The line as (style, text); a style lasts beyond the end of a line."""
    found, at = [], 0
    for match in ESCAPE.finditer(line):
        found.append((style, line[at:match.start()]))
        style = {"1": "bold", "2": "dim"}.get(match.group(1), "")
        at = match.end()
    found.append((style, line[at:]))
    return [piece for piece in found if piece[1]], style


def main():
    lines = sys.stdin.read().replace("\r", "").rstrip("\n").split("\n")
    columns = max([80] + [len(ESCAPE.sub("", line)) for line in lines])
    wide = columns * WIDTH + 2 * MARGIN
    high = BAR + len(lines) * HEIGHT + MARGIN
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} '
          f'{high:.0f}" width="{wide:.0f}" height="{high:.0f}">')
    print("<style>text{font:14px 'DejaVu Sans Mono',Menlo,Consolas,monospace;"
          "fill:#d8dee9;white-space:pre}.bold{font-weight:bold;fill:#fff}"
          ".dim{fill:#8fa1b3}rect.b{fill:#d8dee9}</style>")
    print(f'<rect width="100%" height="100%" rx="8" fill="#1f2430"/>')
    print(f'<text class="dim" x="{wide / 2:.0f}" y="20" '
          f'text-anchor="middle">{escape(sys.argv[1])}</text>')
    style = ""
    for row, line in enumerate(lines):
        top = BAR + row * HEIGHT
        column = 0
        runs, style = pieces(line, style)
        for kind, text in runs:
            shown = "".join(" " if c in BLOCKS else c for c in text)
            for index, c in enumerate(text):
                if c in BLOCKS:
                    begin, part = BLOCKS[c]
                    print(f'<rect class="b" x="'
                          f'{MARGIN + (column + index) * WIDTH:.1f}" '
                          f'y="{top + begin * HEIGHT:.1f}" '
                          f'width="{WIDTH + 0.3:.1f}" '
                          f'height="{part * HEIGHT + 0.3:.1f}"/>')
            if shown.strip():
                print(f'<text class="{kind}" '
                      f'x="{MARGIN + column * WIDTH:.1f}" y="{top + 14}" '
                      f'textLength="{len(text) * WIDTH:.1f}" '
                      f'xml:space="preserve">{escape(shown)}</text>')
            column += len(text)
    print("</svg>")


main()
