import pytest
from lxml import html
from sqlalchemy import update

from reports.report_options import ReportOptions
from reports.write import write_report
from rules.harm import WHOM, Harm
from rules.judge import all_rules
from rules.references import references
from store import models
from store.engine import writing
from tests.reports.scene import small_site
from tests.storefill import SHOP


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_references_are_named_and_linked(rule):
    found = references(rule.reference)
    assert all(reference.name and (reference.url or "").startswith(("https://", "")) for reference in found)
    linked = [reference for reference in found if reference.url]
    assert linked or rule.reference.startswith(("advice", "axe"))
    assert rule.about.count("`") % 2 == 0  # the page shows every second piece as code


def test_a_criterion_is_named_and_a_technique_found():
    assert [(one.name, one.url) for one in references("WCAG 1.1.1, H37, F65; ACT 23a2a8")] == [
        ("WCAG 1.1.1 Non-text Content (level A)", "https://www.w3.org/WAI/WCAG22/Understanding/non-text-content"),
        ("technique H37", "https://www.w3.org/WAI/WCAG22/Techniques/html/H37"),
        ("failure F65", "https://www.w3.org/WAI/WCAG22/Techniques/failures/F65"),
        ("ACT rule 23a2a8", "https://www.w3.org/WAI/standards-guidelines/act/rules/23a2a8/"),
    ]
    assert set(WHOM) == set(Harm)


def test_broken_rules_are_explained_and_findings_lead_there(engine, tmp_path):
    small_site(engine)
    with writing(engine) as session:  # as a store has it that was judged by an older edition
        session.execute(update(models.Finding).where(models.Finding.rule == "too-long").values(rule="no-such-rule"))
        attack = "<script>alert(1)</script>"  # messages quote what pages say
        session.execute(update(models.Finding).where(models.Finding.rule == "missing-attr").values(message=attack))
    front = html.parse(str(write_report(engine, SHOP, tmp_path, ReportOptions()).index))
    page = html.parse(str(tmp_path / "rules.html"))
    [missing] = page.xpath("//article[@id='missing-attr']")
    assert page.xpath("//article/@id") == ["missing-attr"]  # the others of this site are no rules of ours
    here, whom, to_do, _ = [" ".join(said.text_content().split()) for said in missing.xpath(".//dd")]
    assert here == "4 rows 5 places, 3 images"
    assert whom == WHOM[Harm.UNSAID]
    assert to_do == attack
    assert not page.xpath("//script")
    assert missing.xpath(".//a[contains(., '1.1.1')]/@href") == [
        "https://www.w3.org/WAI/WCAG22/Understanding/non-text-content"
    ]
    assert missing.xpath(".//a[contains(., 'rows')]/@href") == ["search.html#rule=missing-attr"]
    assert "rules.html#missing-attr" in front.xpath("//section[@id='rules']//th/a/@href")
    assert set(front.xpath("//article//a[code]/@href")) == {"rules.html#missing-attr"}
    kept = page.xpath("//section[@aria-labelledby='kept-heading']//dt")
    assert len(kept) == len(all_rules()) - 1
