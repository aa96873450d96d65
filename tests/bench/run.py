"""`make bench`. Puts the benchmark's own folder and the tests' on the path, and hands over to `bench_run.py`."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    import bench_run

    return bench_run.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
