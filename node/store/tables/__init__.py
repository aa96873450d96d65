"""The tables of a node's database, declared once; the migrations create exactly these (a test compares both).

Times are integers: `_ms` unix milliseconds, `_us` unix microseconds. Ids and hashes are raw bytes. Nothing here validates
and the hot path does not use these classes: it runs the SQL of the files of `node/store/`. Importing this costs half a
second of start-up, so only migrations and tests do.
"""

from node.store.tables import fates, feeds, people, work

__all__ = ["fates", "feeds", "people", "work"]
