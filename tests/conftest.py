"""What every test run shares: skips that CI does not accept, and the ledger of promises held against what ran."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator

import openfga_here
import pytest
from hypothesis import settings
from ledger import Ledger

# No deadline anywhere: how long an example takes is the machine's. In CI the same examples every time, so that a red run
# is the change's doing; at a desk new ones, which is how faults are found.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

_outcomes: dict[str, str] = {}
_reporters: list[pytest.TerminalReporter] = []


def pytest_configure(config: pytest.Config) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and not hasattr(config, "workerinput"):
        _reporters.append(reporter)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--ledger", action="store_true", help="hold tests/promises.toml against this run")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "browser" in (config.option.markexpr or ""):
        return
    chosen = [item for item in items if item.get_closest_marker("browser") is None]
    dropped = [item for item in items if item.get_closest_marker("browser") is not None]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = chosen


def pytest_collection_finish() -> None:
    """Thousands of tests and all that they import stay to the end: no collection looks through them again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    unshown = item.get_closest_marker("engines") is not None and openfga_here.excused()
    if report.skipped and os.environ.get("CI") and not unshown:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and CI accepts no skip: {report.longrepr}"
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Where several processes run the tests, this is called in the one that started them, for each report of theirs."""
    worst = _outcomes.get(report.nodeid)
    if report.when == "call" or not report.passed:
        _outcomes[report.nodeid] = report.outcome if worst in (None, "passed") else worst
    for reporter in _reporters:
        if report.failed:  # said at once: a run that is stopped for its time says what was red
            reporter.write_line(f"\n{report.nodeid} failed in {report.when}", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not session.config.getoption("--ledger") or hasattr(session.config, "workerinput"):
        return
    ledger = Ledger.load()
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    assert reporter is not None
    for promise in ledger.open():
        reporter.write_line(f"promise open: {promise.id}: {promise.text}", yellow=True)
    for promise in ledger.by_command():
        reporter.write_line(f"promise by command ({', '.join(promise.commands)}): {promise.id}")
    excused = ledger.excused(_outcomes)
    for promise in excused:
        reporter.write_line(
            f"promise not shown here (needs {', '.join(promise.needs)}): {promise.id}", yellow=True
        )
    broken = ledger.broken(_outcomes)
    for words in broken:
        reporter.write_line(f"promise broken: {words}", red=True)
    count, by_command = ledger.counted(_outcomes), len(ledger.by_command())
    reporter.write_line(
        f"ledger: {count} kept by this run, {by_command} by command, {len(excused)} not shown here, {len(ledger.open())} open, {len(broken)} reasons broken"
    )
    if broken and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
