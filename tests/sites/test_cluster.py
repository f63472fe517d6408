"""A real Ray of two nodes, real sites on loopback and a real Postgres; a node is killed with all that runs on it."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest
from sqlalchemy import func, select

from alt_audit.config import load_settings
from alt_audit.jobs.cluster import ClusterSites
from alt_audit.jobs.cluster_connect import check_nodes, connected, job_of
from alt_audit.jobs.events import NodeLost, SiteEnded, SiteStarted
from alt_audit.jobs.plans import add_plan
from alt_audit.jobs.schedule import due_now, run_due
from core.errors import ClusterError
from store.engine import connect, reading
from store.models import Analysis, Asset, Crawl, Image, Page, Run
from tests.captioning.images import jpeg
from tests.crawler.crawl_server import running as serving

ray = pytest.importorskip("ray", reason="make cluster installs Ray")
cluster_utils = pytest.importorskip("ray.cluster_utils")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]

SITES, PAGES, SECRET = 3, 12, "correct-horse-battery"


@pytest.fixture
def cluster(monkeypatch):
    """Two nodes of a processor each, and a head without any."""
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    for _ in range(2):
        cluster.add_node(num_cpus=1)
    yield cluster
    cluster.shutdown()


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(
        f"out: {tmp_path / 'out'}\ncaption: {{model: builtin, lease_s: 10}}\n"
        "crawl: {retries: 0, sitemaps: false, throttle: false, concurrency_per_host: 1, batch_pages: 1, "
        f"user_agent: {SECRET}}}\n"
    )
    return path


def processes_of(node) -> list[psutil.Process]:
    """All that a node is: what a machine that goes away takes with it."""
    raylet = psutil.Process(node.all_processes["raylet"][0].process.pid)
    return [raylet, *raylet.children(recursive=True)]


def runs_on(node) -> str:
    words = []
    for process in processes_of(node):
        with suppress(psutil.NoSuchProcess):
            words += process.cmdline()
    return " ".join(words)


def kill(node) -> None:
    for process in processes_of(node):
        process.kill()


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_node_that_dies_costs_nothing_that_was_stored(database, cluster, config, tmp_path):
    settings = load_settings(config, database=database)
    with connected(cluster.address) as there, job_of(settings, config) as job:
        with pytest.raises(ClusterError, match=r"(?s)it has alt-audit.*it has alt-audit"):
            check_nodes(there, replace(job, version="0.0.1"))
        with pytest.raises(ClusterError, match="cannot write into"):
            check_nodes(there, replace(job, mark=tmp_path / "elsewhere" / "mark"))
    told, killed = [], []

    def kill_one() -> None:
        """A node that runs a site of which some pages are stored; a captioning worker may be on it, too."""
        while not killed:
            time.sleep(0.5)
            for node in cluster.worker_nodes:
                found = runs_on(node)
                read = [
                    server.requests.count("/5")
                    for number, server in enumerate(servers)
                    if f" site-{number} --if" in found
                ]
                if any(read):
                    kill(node)
                    killed.append(node)
                    return

    with serving() as one, serving() as two, serving() as three:
        servers = [one, two, three]
        for number, server in enumerate(servers):
            names = [f"/{n}" for n in range(PAGES)]
            server.html("/", *names)
            for n, name in enumerate(names):
                server.html(name, images=(f"/{n}.jpg",))
                picture = jpeg(100 * number + n)
                server.answers[f"/{n}.jpg"] = partial(
                    lambda p, handler: handler.reply(p, content_type="image/jpeg"), picture
                )
            server.delay_s = 0.3
            add_plan(settings, {"name": f"site-{number}", "urls": [server.base], "cron": "0 3 * * *"})
        killer = threading.Thread(target=kill_one, daemon=True)
        killer.start()
        where = partial(ClusterSites, address=cluster.address, workers=2)
        assert run_due(settings, told.append, config=config, runs=where) is True
        asked = [(number, path) for number, server in enumerate(servers) for path in server.requests]

    assert killed
    assert [event for event in told if isinstance(event, NodeLost)]
    ended = {event.site: event.state for event in told if isinstance(event, SiteEnded)}
    assert ended == {f"site-{number}": "done" for number in range(SITES)}
    assert len([event for event in told if isinstance(event, SiteEnded)]) == SITES
    assert len([event for event in told if isinstance(event, SiteStarted)]) == SITES
    assert due_now(settings) == []
    engine = connect(database)
    with reading(engine) as session:
        states = dict(session.execute(select(Image.state, func.count()).group_by(Image.state)).all())
        pages = session.scalar(select(func.count()).select_from(Page).where(Page.state == "fetched"))
        captions = session.scalar(select(func.count()).where(Analysis.analyser == "caption"))
        assets = session.scalar(select(func.count()).select_from(Asset))
        crawls = list(session.execute(select(Crawl.site_id, Crawl.state)))
        runs = list(session.scalars(select(Run.state)))
    engine.dispose()
    assert states == {"captioned": SITES * PAGES}
    assert captions == assets == SITES * PAGES
    assert pages == SITES * (PAGES + 1)
    assert sorted(site_id for site_id, state in crawls if state == "finished") == [1, 2, 3]
    assert (runs.count("done"), runs.count("stopped")) == (SITES, 1)
    assert len(asked) - len(set(asked)) < 2 * PAGES  # what one node had under way, pages and pictures
    for number in range(SITES):
        assert (settings.out / f"site-{number}" / "index.html").is_file()
    session_files = [path for path in Path("/tmp/ray/session_latest/logs").rglob("*") if path.is_file()]
    assert session_files
    assert not [path for path in session_files if SECRET.encode() in path.read_bytes()]


@pytest.mark.parametrize("listens", [False, True], ids=["nobody", "something else"])
def test_what_is_no_cluster_is_said_in_seconds(listens):
    started = time.monotonic()
    with serving() as server:
        address = f"127.0.0.1:{server.port if listens else 9}"
        with pytest.raises(ClusterError, match="no Ray cluster answers"), connected(address):
            pass
    assert time.monotonic() - started < 40
