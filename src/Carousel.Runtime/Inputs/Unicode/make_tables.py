#!/usr/bin/env python3
"""Writes normalization.txt, the tables of TextNormalizer, from the Unicode database that Python holds.

Lines: 'V version', 'C class first-last' (canonical combining class), 'D code decomposition' (canonical, in full), 'K code decomposition' (compatibility, in full, where it
differs), 'P first second composite' (primary composites). Numbers in hexadecimal. Hangul syllables are computed, not listed.
"""
import sys
import unicodedata as data


def is_hangul(code):
    return 0xAC00 <= code <= 0xD7A3


def numbers(text):
    return " ".join(f"{ord(c):x}" for c in text)


codes = [c for c in range(sys.maxunicode + 1) if not 0xD800 <= c <= 0xDFFF and not is_hangul(c)]
print("V", data.unidata_version)
runs = []
for code in codes:
    kind = data.combining(chr(code))
    if kind and runs and runs[-1][0] == kind and runs[-1][2] == code - 1:
        runs[-1][2] = code
    elif kind:
        runs.append([kind, code, code])
for kind, first, last in runs:
    print(f"C {kind:x} {first:x} {last:x}")
for code in codes:
    character = chr(code)
    canonical, compatible = data.normalize("NFD", character), data.normalize("NFKD", character)
    if canonical != character:
        print(f"D {code:x} {numbers(canonical)}")
    if compatible != canonical:
        print(f"K {code:x} {numbers(compatible)}")
    parts = data.decomposition(character).split()
    if len(parts) == 2 and not parts[0].startswith("<") and data.normalize("NFC", character) == character:
        print(f"P {int(parts[0], 16):x} {int(parts[1], 16):x} {code:x}")
