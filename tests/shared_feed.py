"""One feed that Antwerp writes and others hold, with whom it tells what becomes of it in control feeds."""

from __future__ import annotations

from dataclasses import replace

import registers
from ports import AMBER, ANTWERP, NORTH_SEA, RETENTION, Port, port
from registers import Data

from node.commands import control
from node.commands.context import Settings
from node.commands.control import Confirmation
from node.commands.publish import Released
from node.store import entries, feeds, holds
from node.store.holds import HoldRow, HoldState
from protocol.control import (
    Fate,
)
from protocol.ids import NodeId, RecordId
from protocol.register_view import Register

ERASER = "erase port-antwerp-bruges"


def with_eraser(board: Data, nodes: Data) -> None:
    board["organisations"]["port-antwerp-bruges"]["erase"] = [registers.public_key(ERASER)]


class Shared:
    """Two ports under one register that can be changed, and one record of the first at both."""

    def __init__(self, register: Register | None = None, label: str = AMBER, **settings: int) -> None:
        self.now = register or registers.changed(with_eraser)
        calm = Settings(retention=RETENTION, **settings)  # type: ignore[arg-type]
        self.antwerp, self.north = (
            port(name, register=lambda: self.now, settings=calm) for name in (ANTWERP, NORTH_SEA)
        )
        self.one = self.antwerp.release(label)
        self.pull()

    def pull(self) -> None:
        self.north.pull(self.antwerp, self.one.feed.feed)

    def held(self) -> entries.EntryRow | None:
        feed = self.north.store.read(lambda r: feeds.find(r, self.one.feed.feed))
        assert feed is not None
        return self.north.store.read(lambda r: entries.get(r, feed.number, self.one.index))

    def has_content(self) -> bool:
        row = self.held()
        return row is not None and row.content is not None

    def confirmations(self, record: RecordId | None = None) -> dict[NodeId, Fate | None]:
        asked = record or self.one.record
        words: tuple[Confirmation, ...] = self.antwerp.store.read(
            lambda r: control.confirmations_of(r, self.antwerp.ctx, asked)
        )
        return {one.node: one.fate for one in words}

    def without_north(self) -> None:
        """The board takes North Sea Port out of the community."""

        def change(board: Data, nodes: Data) -> None:
            with_eraser(board, nodes)
            for one in board["communities"].values():
                one["members"].pop("north-sea-port", None)
                one["serving"] = [node for node in one["serving"] if node != "north-sea-port"]

        self.now = replace(registers.changed(change), version=4)

    def with_north(self) -> None:
        self.now = replace(registers.changed(with_eraser), version=5)


def hold(at: Port, one: Released, state: HoldState = HoldState.HELD) -> None:
    row = HoldRow(
        lineage=one.feed.lineage,
        record=one.record,
        state=state,
        reference="PV 1",
        asked_by="x",
        asked_ms=at.ctx.now(),
    )
    at.store.write(lambda tx: holds.put(tx, row)).result()
