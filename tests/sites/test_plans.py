"""Plans of sites: what is wrong with one, what a file does to them, and what no plan ever holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alt_audit.cli import app
from alt_audit.config import Settings
from alt_audit.jobs.plans import add_plan, edit_plan, import_plans, planned_sites, remove_plan
from alt_audit.sites.plan import plan_of, settings_of_site, stored_plan
from core.errors import UsageError
from store.engine import connect, writing
from store.models import Crawl
from store.sites import ensure_site

SHOP = {"name": "shop", "urls": ["https://shop.test/"]}


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(database=sqlite_url)


def plans(settings: Settings) -> dict[str, dict]:
    return {one.site.name: one.plan.stored() for one in planned_sites(settings) if one.plan is not None}


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_plan_is_kept_as_it_was_given_and_gives_its_settings(monkeypatch):
    monkeypatch.setenv("SHOP_AUTH", "basic:ann:hunter2")
    given = SHOP | {
        "settings": {"crawl": {"delay_s": 1, "limit_pages": None}, "report": {"language": "fr"}},
        "secrets": {"crawl.auth": "SHOP_AUTH"}, "brand": "Shop", "words": ["ski"], "language": "de",
        "cron": "0 3 * * 1", "timezone": "Europe/Berlin",
    }  # fmt: skip
    plan = plan_of(given)
    common = Settings(crawl={"delay_s": 9, "limit_pages": 7, "retries": 1}, report={"brand": "Agency"})
    own = settings_of_site(common, plan)
    assert (own.crawl.delay_s, own.crawl.limit_pages, own.crawl.retries) == (1, None, 1)
    assert own.crawl.auth is not None
    assert own.crawl.auth.get_secret_value() == "basic:ann:hunter2"
    assert (own.caption.brand, own.caption.keywords) == ("Shop", ["ski"])
    assert (own.report.brand, own.report.language) == ("Agency", "fr")  # what is said in full counts
    assert "hunter2" not in json.dumps(plan.stored())
    assert stored_plan(json.loads(json.dumps(plan.stored()))) == plan
    monkeypatch.setenv("SHOP_AUTH", "hunter2")
    with pytest.raises(UsageError, match=r"shop: crawl\.auth: is none of basic:USER:PASSWORD") as raised:
        settings_of_site(common, plan)
    assert "hunter2" not in str(raised.value)
    monkeypatch.delenv("SHOP_AUTH")
    with pytest.raises(UsageError, match="shop: the variable SHOP_AUTH, which is to hold"):
        settings_of_site(common, plan)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"crn": "0 3 * * *"}, "unknown key 'crn'. Did you mean 'cron'?"),
        ({"settings": {"crawl": {"dealy_s": 1}}}, "Did you mean 'settings.crawl.delay_s'?"),
        ({"settings": {"database": "sqlite:///x.db"}}, "unknown key 'settings.database'"),
        ({"settings": {"crawl": {"retries": 99}}}, "settings.crawl.retries: "),
        ({"settings": {"rules": {"disable": ["title-onyl"]}}}, "Did you mean 'title-only'?"),
        ({"settings": {"crawl": {"auth": "basic:ann:hunter2"}}}, "settings.crawl.auth is a secret"),
        ({"settings": {"caption": {"endpoint": {"api_key": "hunter2"}}}}, "caption.endpoint.api_key is a secret"),
        ({"secrets": {"crawl.auth": "basic:ann:hunter2"}}, "never the secret itself"),
        ({"secrets": {"crawl.delay_s": "X"}}, "no secret setting"),
        ({"secrets": "crawl.auth=hunter2"}, "secrets: "),
        ({"urls": ["https://ann:hunter2@shop.test/"]}, "a start URL holds no login"),
        ({"urls": ["ftp://shop.test/hunter2"]}, "not a web address"),
        ({"urls": []}, "give either urls or list"),
        ({"list": "pages.txt"}, "give either urls or list"),
        ({"urls": [], "list": "nowhere.txt"}, "there is no file nowhere.txt"),
        ({"cron": "0 25 * * *"}, "0 25"),
        ({"cron": "0 0 30 2 *"}, "never due"),
        ({"cron": "0 3 * * *", "timezone": "Mars"}, "no time zone 'Mars'"),
        ({"language": "xx"}, "language: "),
        ({"words": ["w"] * 21}, "words: "),
        ({"name": "a\nb"}, "name: must be one line"),
        ({"name": ".."}, "name: must be one line"),
        ({"name": ""}, "name: "),
    ],
)
def test_what_is_wrong_with_a_plan_is_said_and_no_secret_with_it(changes, message):
    with pytest.raises(UsageError) as raised:
        plan_of(SHOP | changes)
    assert message in str(raised.value)
    assert "hunter2" not in str(raised.value).replace("'ftp://shop.test/hunter2'", "")


def test_a_wrong_site_in_a_file_is_named_by_its_line_and_the_others_are_taken(settings, tmp_path):
    path = write(
        tmp_path / "sites.yaml",
        """\
sites:
  - name: shop
    urls: https://shop.test/
    cron: "0 3 * * 1"
  - name: typo
    urls: https://typo.test/
    crn: "0 3 * * 1"
  - name: shop
    urls: https://other.test/
  - name: again
    urls: shop.test
  - name: german
    urls: https://shop.test/de/
  - name: SHOP
    urls: https://upper.test/
  - text
  - {name: listed, list: pages.txt}
  - {name: day, urls: https://day.test/, cron: 2026-13-45}
""",
    )
    write(tmp_path / "pages.txt", "https://listed.test/a\n")
    done = import_plans(settings, path)
    assert (done.added, done.changed, done.same) == (["shop", "german", "listed"], [], [])
    assert done.faults == [
        "line 5 (typo): unknown key 'crn'. Did you mean 'cron'?",
        "line 8 (shop): the same site stands in line 2: that one is taken",
        "line 10 (again): again has the start URLs of shop: one site is planned once",
        "line 14 (SHOP): SHOP would have its reports in the folder of shop: choose another name",
        "line 16: a site is a mapping: name: ..., urls: [...], cron: ...",
        "line 18: cannot be read: month must be in 1..12",
    ]
    assert ["shares shop.test with shop" in line for line in done.warnings] == [True]
    assert plans(settings)["listed"]["list"] == str(tmp_path / "pages.txt")
    assert (again := import_plans(settings, path)).same == ["shop", "german", "listed"], again


def test_a_table_is_a_file_of_sites_too_and_what_it_leaves_out_is_paused_where_that_is_asked_for(settings, tmp_path):
    first = write(
        tmp_path / "sites.csv",
        "Name;URL;cron;time zone;crawl.delay_s;paused\n"
        "A;https://a.test/ https://www.a.test/;0 3 * * *;Europe/Paris;2;no\nB;b.test;;;;yes\n;c.test;;;;\n",
    )
    done = import_plans(settings, first)
    assert (done.added, done.faults) == (["A", "B"], ["line 4: name: Field required"])
    assert plans(settings)["A"] == {
        "name": "A", "urls": ["https://a.test/", "https://www.a.test/"], "cron": "0 3 * * *",
        "timezone": "Europe/Paris", "settings": {"crawl": {"delay_s": 2.0}}, "paused": False,
    }  # fmt: skip
    second = write(tmp_path / "sites.tsv", "name\turl\tcron\nA\thttps://a.test/\t0 4 * * *\nD\td.test\t\n")
    done = import_plans(settings, second, prune=True)
    assert (done.added, done.changed, done.paused) == (["D"], ["A"], [])  # B is paused already
    done = import_plans(settings, write(tmp_path / "one.csv", "name,url\nA,https://a.test/\n"), prune=True)
    assert (done.paused, plans(settings)["D"]["paused"]) == (["D"], True)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "s.yaml",
            "sites:\n  - name: a\n    cron: * * * * *\n",
            "line 3: no valid YAML: .*in quotation",
        ),
        ("s.yaml", "site:\n  - name: a\n", "line 1: unknown key 'site'"),
        ("s.yaml", "", "has one key, sites"),
        ("s.yaml", "sites: []\n", "names no site"),
        ("s.csv", "name,url,cronn\na,a.test,x\n", "unknown column 'cronn'. Did you mean 'cron'"),
        ("s.csv", "customer,number\na,1\n", "no columns name and url"),
        ("s.csv", "", "no columns name and url"),
    ],
)
def test_a_file_that_is_of_no_use_changes_nothing(settings, tmp_path, name, text, message):
    with pytest.raises(UsageError, match=message):
        import_plans(settings, write(tmp_path / name, text))
    with pytest.raises(UsageError, match="cannot read"):
        import_plans(settings, tmp_path / "none.yaml")
    assert plans(settings) == {}


def test_plans_are_changed_key_by_key_and_a_site_that_is_removed_stays_in_the_store(settings):
    assert add_plan(settings, SHOP | {"settings": {"crawl": {"delay_s": 1}}, "words": ["ski"]}) is None
    with pytest.raises(UsageError, match="planned already"):
        add_plan(settings, SHOP)
    edit_plan(settings, "shop", {"settings": {"crawl": {"retries": 1}}, "cron": "0 3 * * *", "words": ["snow"]})
    assert plans(settings)["shop"] == SHOP | {
        "settings": {"crawl": {"delay_s": 1.0, "retries": 1}}, "cron": "0 3 * * *", "words": ["snow"],
    }  # fmt: skip
    edit_plan(settings, "shop", {"cron": None, "paused": True}, unset=["crawl.retries"])
    assert plans(settings)["shop"]["settings"] == {"crawl": {"delay_s": 1.0}}
    with pytest.raises(UsageError, match=r"crawl\.retries is not set"):
        edit_plan(settings, "shop", {}, unset=["crawl.retries"])
    with pytest.raises(UsageError, match="Did you mean 'shop'"):
        edit_plan(settings, "shpo", {"paused": True})
    remove_plan(settings, "shop")
    assert plans(settings) == {}
    add_plan(settings, {"name": "new", "urls": ["https://shop.test/"]})  # it was never crawled: nothing is lost


def test_a_site_that_was_crawled_keeps_its_name_and_so_its_decisions(settings):
    engine = connect(settings.database)
    with writing(engine) as session:
        site = ensure_site(session, "shop.test")
        session.add(Crawl(site_id=site.id, seeds=[], state="finished", started_at=datetime.now(UTC), stats={}))
    engine.dispose()
    with pytest.raises(UsageError, match=r"was crawled before, as the site 'shop\.test': name this one so"):
        add_plan(settings, SHOP)
    add_plan(settings, SHOP | {"name": "shop.test"})


def test_a_stored_plan_that_is_of_no_use_any_more_hides_no_other(settings):
    add_plan(settings, SHOP)
    add_plan(settings, {"name": "b", "urls": ["https://b.test/"]})
    engine = connect(settings.database)
    with writing(engine) as session:
        from store.plans import put_plan

        put_plan(session, "b", (), {"name": "b", "urls": ["https://b.test/"], "later": 1})
    engine.dispose()
    b, shop = planned_sites(settings)
    assert (b.plan, shop.plan is not None) == (None, True)
    assert "unknown key 'later'" in str(b.fault)
    edit_plan(settings, "shop", {"paused": True})


def test_the_command_line_plans_sites(sqlite_url, tmp_path):
    def run(*arguments: str):
        return CliRunner().invoke(app, ["sites", *arguments, "--database", sqlite_url])

    done = run("add", "shop", "shop.test", "--cron", "0 3 * * 1", "--set", "crawl.exclude=[/tag/]", "--word", "ski")
    assert done.exit_code == 0, done.output
    assert run("edit", "shop", "--secret", "crawl.auth=SHOP_AUTH", "--pause").exit_code == 0
    [plan] = json.loads(run("list", "--format", "json").stdout)
    assert plan == {
        "name": "shop", "urls": ["https://shop.test/"], "cron": "0 3 * * 1", "words": ["ski"], "paused": True,
        "settings": {"crawl": {"exclude": ["/tag/"]}}, "secrets": {"crawl.auth": "SHOP_AUTH"}, "fault": None,
    }  # fmt: skip
    assert run("list").stdout == "shop: paused; 0 3 * * 1 (UTC); https://shop.test/\n"
    assert isinstance(run("edit", "shop").exception, UsageError)
    path = write(tmp_path / "sites.yaml", "- {name: a, urls: a.test}\n- {name: b}\n")
    done = run("import", str(path))
    assert (done.exit_code, "line 2 (b): give either urls or list" in done.stderr) == (1, True)
    assert run("remove", "shop").exit_code == 0
    assert run("list").stdout == "a: when asked for; https://a.test/\n"
