"""`port2port simulate ais`: a receiver to try a node with; ends cleanly on Ctrl-C or SIGTERM, exit code 8 if its port is taken."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from node.demo_data import DEMO, of_demo
from node.exits import Refused
from node.simulate_ais.table import AREAS

LISTEN = "127.0.0.1:10110"


def register_verbs(verbs: Any) -> None:
    """Add `simulate ais`."""
    sorts = verbs.add_parser("simulate", help="play a sensor").add_subparsers(required=True, metavar="ais")
    ais = sorts.add_parser("ais", help="an AIS receiver: NMEA 0183 over TCP or UDP")
    ais.add_argument("--listen", metavar="HOST:PORT", help=f"serve TCP clients here (default {LISTEN})")
    ais.add_argument("--udp", metavar="HOST:PORT", help="send datagrams there; without --listen nothing else")
    ais.add_argument("--area", choices=AREAS, default="all", help="ships of one area only")
    ais.add_argument("--seed", type=int, default=1, help="same seed, same spread of reports")
    ais.add_argument("--speed", type=_positive, default=1.0, help="simulated seconds a real second")
    ais.add_argument(
        "--rate", type=_positive, default=0.0, help="reports or lines a second, whatever the time"
    )
    ais.add_argument(
        "--replay", type=Path, metavar="FILE", help="play a recording as it is, instead of ships"
    )
    ais.add_argument("--vessels", type=Path, default=DEMO / "vessels.csv", help="the table of ships")
    ais.add_argument("--geo", type=Path, default=DEMO / "geo", help="folder of fairways.geojson")
    ais.set_defaults(handler=_ais)


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number <= 100_000:
        raise argparse.ArgumentTypeError("must be above 0 and at most 100000")
    return number


def _ais(chosen: argparse.Namespace) -> int:
    asyncio.run(_serve(chosen))
    return 0


async def _serve(chosen: argparse.Namespace) -> None:
    from node.simulate_ais.server import address

    server, what = _recording(chosen) if chosen.replay else _fleet(chosen)
    listen = address(chosen.listen or LISTEN) if chosen.listen or not chosen.udp else None
    udp = address(chosen.udp) if chosen.udp else None
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stop.set)
    await server.run(listen=listen, udp=udp, stop=stop, ready=_ready(what, udp))


def _ready(what: str, udp: object) -> Callable[[object], None]:
    def say(listening: object) -> None:
        where = [f"tcp://{listening}"] * (listening is not None) + [f"udp://{udp}"] * (udp is not None)
        print(f"simulate ais: {what} on {' and '.join(where)}", flush=True)

    return say


def _recording(chosen: argparse.Namespace) -> tuple[Any, str]:
    from node.simulate_ais import replay, server

    def begin() -> Any:
        return replay.plan(chosen.replay, rate=chosen.rate, speed=chosen.speed)

    return server.Server(
        recording=server.recording(begin, chosen.replay)
    ), f"{chosen.replay.name} as recorded"


def _fleet(chosen: argparse.Namespace) -> tuple[Any, str]:
    from node.geo import GeoError, lines
    from node.simulate_ais import server, table
    from node.simulate_ais.fleet import Fleet
    from node.simulate_ais.track import Line

    try:
        ships = table.vessels(of_demo(chosen.vessels), chosen.area)
        drawn = lines(of_demo(chosen.geo) / "fairways.geojson")
    except (table.TableError, GeoError) as error:
        raise Refused(str(error)) from error
    fairways = {name: Line([(lat, lon) for lon, lat in line]) for name, line in drawn.items()}
    fleet = Fleet(ships, fairways, seed=chosen.seed, speed=chosen.speed)
    return server.Server(fleet=fleet, rate=chosen.rate), f"{len(fleet)} ships, area {chosen.area}"
