"""A CI job: what is known does not fail it, what is new does, and it says why."""

from __future__ import annotations

from tests.cli.test_diff_command import folder_site  # noqa: F401


def test_a_job_with_a_baseline(cli, folder_site):  # noqa: F811
    folder, url = folder_site
    page = folder / "index.html"
    page.write_text('<title>Home</title><img src="a.png"><img src="b.png" alt="A green lamp">')
    assert cli("crawl", url).code == 0
    first = cli("report", "--fail-on", "error", "--write-baseline", "known.jsonl")
    assert (first.code, "1 row is known from now on" in first.err) == (0, True)
    again = cli("report", "--fail-on", "error", "--baseline", "known.jsonl")
    assert (again.code, again.err.splitlines()[-1]) == (0, "--fail-on error: nothing new to fail on (1 known).")
    page.write_text('<title>Home</title><img src="a.png"><img src="b.png">')
    assert cli("crawl", url, "--fresh").code == 0
    failed = cli("report", "--fail-on", "error", "--baseline", "known.jsonl")
    assert failed.code == 3
    assert failed.err.splitlines()[-2:] == [
        "--fail-on error: 1 row in 1 place: error 1 (1 known). Exit code 3.",
        f"  error missing-attr: b.png on {url}",
    ]
    worse = cli("diff", "--fail-on", "regressed")
    assert (worse.code, worse.err.splitlines()[-1]) == (
        3,
        "--fail-on regressed: places that need a text now: regressed 1. Exit code 3.",
    )
    assert "Regressed: was fine, needs a text now: 1 change" in worse.out
    wrong = cli("report", "--baseline", "known.jsonl")
    assert (wrong.code, "give --fail-on" in wrong.err) == (2, True)
    page.write_text('<title>Home</title><img src="a.png"><img src="b.png"><img src="c.png">')
    assert cli("crawl", url, "--fresh").code == 0
    assert cli("diff", "--fail-on", "regressed").code == 0
    assert cli("diff", "--fail-on", "new", "--format", "json").code == 3
