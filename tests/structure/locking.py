# SPDX-License-Identifier: MIT
"""docs/locking.md lists the locks of hypervisor/lib/lock_order.def, all of them and in that order."""

import re

from tree import read

ROWS = "hypervisor/lib/lock_order.def"
DOCUMENT = "docs/locking.md"


def find_problems(root):
    rows = re.findall(r"^LOCK_ORDER\((\w+),", read(root, ROWS), re.MULTILINE)
    documented = re.findall(r"^\| `([A-Z_0-9]+)` \|", read(root, DOCUMENT), re.MULTILINE)
    if not rows:
        return [f"{ROWS}: no rows found"]
    if rows == documented:
        return []
    first = next((i for i, pair in enumerate(zip(rows, documented)) if pair[0] != pair[1]),
                 min(len(rows), len(documented)))
    expected = rows[first] if first < len(rows) else "the end"
    return [f"{DOCUMENT}: the table has {len(documented)} locks, {ROWS} has {len(rows)}; "
            f"row {first + 1} should be {expected}"]
