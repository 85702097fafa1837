"""The table of scripts/coverage: LEAST LCOV PREFIX.. Unit tests at the end of a file are not counted."""

import os
import sys

least, lcov, prefixes = float(sys.argv[1]), sys.argv[2], sys.argv[3:]
root = os.getcwd() + "/"


def tests_from(path):
    """The line at which the file's unit tests begin."""
    lines = open(path, encoding="utf-8").read().splitlines()
    for number, line in enumerate(lines, 1):
        if line.startswith("#[cfg(test)]"):
            return number
    return len(lines) + 1


files, path = {}, None
for line in open(lcov, encoding="utf-8"):
    if line.startswith("SF:"):
        path = line[3:].strip().removeprefix(root)
    elif line.startswith("DA:") and path.startswith(tuple(prefixes)):
        number, count = line[3:].strip().split(",")[:2]
        hits = files.setdefault(path, {})
        hits[int(number)] = max(hits.get(int(number), 0), int(count))

if not files:
    sys.exit(f"coverage: no file begins with {' or '.join(prefixes)}")
lines = reached = 0
for path in sorted(files):
    end = tests_from(path)
    counted = {number: hits for number, hits in files[path].items() if number < end}
    if not counted:
        continue
    missed = [number for number, hits in sorted(counted.items()) if hits == 0]
    lines += len(counted)
    reached += len(counted) - len(missed)
    share = 100 * (1 - len(missed) / len(counted))
    print(f"{share:6.1f} %  {len(counted):5} lines  {path}  {' '.join(map(str, missed))}")
share = 100 * reached / lines
print(f"{share:6.1f} %  {lines:5} lines  in all; at least {least:.0f} % are asked for")
sys.exit(share < least)
