"""A register that changes while nodes speak: it reaches the others, who is out is told so by name, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from ports import ANTWERP, LIEGE, NORTH_SEA
from stations import Federation, Station, by_hand, ending, federations_now, frame, hello_of, tell

from federation.tls import Stranger, channel_credentials, channel_options
from node.register import Outcome
from protocol.ids import NodeId
from protocol.v1 import federation_pb2 as pb


def put_in_force(built: Federation, at: Station) -> int:
    """The ceremony's newest register comes to one node by hand; its version."""
    applied = at.registers.apply_bundle(built.ceremony.bundle(), federations_now())
    assert applied.outcome is Outcome.UPDATED
    return applied.register.version


async def all_connected(*stations: Station) -> None:
    for station in stations:
        await station.until(lambda s=station: s.connected(*[o for o in stations if o is not s]))  # type: ignore[misc]


def test_a_removed_member_is_closed_by_name_everywhere_and_refused_by_name(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent, liege = built.stations
        antwerp.dial(ghent)
        ghent.dial(liege)
        liege.dial(antwerp)
        await all_connected(*built.stations)
        built.ceremony.remove_node(LIEGE, federations_now())
        version = put_in_force(built, antwerp)
        await ghent.until(lambda: ghent.registers.current.version == version, "the register came by Hello")
        for station in (antwerp, ghent):
            await station.until(lambda s=station: LIEGE not in s.exchange.sessions)  # type: ignore[misc]
            assert (
                "not a member" in station.board.of(LIEGE).refused
                or station.board.of(LIEGE).refused == "removed"
            )
        await liege.until(lambda: "member" in liege.board.of(ANTWERP).refused)
        await liege.until(
            lambda: antwerp.exchange.counters["stranger", Stranger.REMOVED] > 0, "dialled again"
        )
        await liege.until(lambda: "port-liege is no member" in liege.board.of(ANTWERP).refused)
        alert = antwerp.release()
        await ghent.until(lambda: ghent.size(alert.feed.feed) == 2)
        assert liege.size(alert.feed.feed) == 0

    tell(tmp_path, story, ANTWERP, NORTH_SEA, LIEGE)


async def health(built: Federation, me: NodeId, to: Station, service: str = "") -> tuple[str, str]:
    """What a caller with a node's certificate is answered: a status code, and what it says."""
    credentials = channel_credentials(
        built.keys[me], to.registers.current.nodes[to.name], now=federations_now()
    )
    address = f"127.0.0.1:{to.port}"
    async with grpc.aio.secure_channel(address, credentials, options=channel_options(to.name)) as channel:
        request = health_pb2.HealthCheckRequest(service=service)
        try:
            found = await health_pb2_grpc.HealthStub(channel).Check(request)
        except grpc.aio.AioRpcError as error:
            return error.code().name, str(error.details())
    return "OK", health_pb2.HealthCheckResponse.ServingStatus.Name(found.status)


def test_health_is_told_to_members_alone(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        (antwerp,) = built.stations
        assert await health(built, LIEGE, antwerp) == ("OK", "SERVING")
        assert await health(built, ANTWERP, antwerp) == ("OK", "SERVING")
        assert (await health(built, LIEGE, antwerp, "port2port.v1.Federation"))[0] == "NOT_FOUND"
        built.ceremony.remove_node(LIEGE, federations_now())
        put_in_force(built, antwerp)
        code, words = await health(built, LIEGE, antwerp)
        assert code == "PERMISSION_DENIED"
        assert "port-liege is no member" in words
        assert antwerp.exchange.counters["stranger", Stranger.REMOVED] == 1

    tell(tmp_path, story, ANTWERP, extra=[LIEGE])


def test_who_was_away_gets_the_register_before_anything_else(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        alert = antwerp.release()
        built.ceremony.remove_node(LIEGE, federations_now())
        version = put_in_force(built, antwerp)
        released = antwerp.release()  # under the newer register
        ghent.dial(antwerp)
        await ghent.until(lambda: ghent.size(alert.feed.feed) == released.index + 1)
        assert ghent.registers.current.version == version
        assert ghent.exchange.counters["declined", "OLD_REGISTER"] == 0

    tell(tmp_path, story, ANTWERP, NORTH_SEA, extra=[LIEGE])


def test_who_was_dialled_gets_the_register_by_a_call(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        built.ceremony.remove_node(LIEGE, federations_now())
        version = put_in_force(built, antwerp)
        antwerp.dial(ghent)
        await ghent.until(lambda: ghent.registers.current.version == version)
        await ghent.until(lambda: ghent.connected(antwerp))

    tell(tmp_path, story, ANTWERP, NORTH_SEA, extra=[LIEGE])


def test_a_peer_that_names_a_register_it_does_not_have_loses_its_session(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        (antwerp,) = built.stations
        before = antwerp.registers.current.version
        async with by_hand(built, LIEGE, antwerp) as liar:
            said = frame(hello_of(antwerp))
            said.hello.register += 7
            await liar.write(said.SerializeToString())
            assert frame(await liar.read()).WhichOneof("body") == "hello"
            call = frame(await liar.read()).call
            assert call.WhichOneof("request") == "register"
            async with by_hand(built, LIEGE, antwerp, rpc="Serve") as answering:
                answer = pb.Answer(call=call.id, chunk=pb.Chunk(total=3, data=b"abc"))
                await answering.write(answer.SerializeToString())
                await answering.done_writing()
                _, status, words = await ending(liar)
                assert (status, words) == ("INVALID_ARGUMENT", "MALFORMED: register bundle")
        assert antwerp.registers.current.version == before

    tell(tmp_path, story, ANTWERP, extra=[LIEGE])


def test_a_replaced_certificate_ends_the_stream_it_opened(tmp_path: Path) -> None:
    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        ghent.dial(antwerp)
        await all_connected(antwerp, ghent)
        built.replace_certificate(NORTH_SEA)
        put_in_force(built, antwerp)
        await ghent.until(lambda: "was replaced" in ghent.board.of(ANTWERP).refused)
        assert NORTH_SEA not in antwerp.exchange.sessions

    tell(tmp_path, story, ANTWERP, NORTH_SEA)
