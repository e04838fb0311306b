"""A result is not lost on its way from a file, and nobody alone makes one pass.

Each map trick of the attack is tried on the page and at the command line, with a
control that goes through where the rule is switched off.
"""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError

from lots import calendar
from lots.accounts import users
from lots.demo import bench, real_lots
from lots.evaluation import evaluator, signed_text
from lots.evidence import verification
from lots.imports import map_approval, map_grammar, rows
from lots.models import AuditEntry, ColumnMap, Investigation, Lot, Result
from lots.rules import not_imported
from lots.workflow import drafts
from tests.lots.imports import files
from tests.lots.pages import PASSWORD, signed_in, words

# Each is a result, or could be one that fails.
LOST = ["5,3", "5.3 %", "97.2 OOS", "Present (fail)", "does not conform", "n.d."]


@pytest.fixture
def cast(world, at):
    """The people, with the material of the real lots set up."""
    real_lots.set_up(world.cast, at=at)
    return world.cast


@pytest.fixture
def saved(tmp_path):
    """Return a function that saves a file of one lot and its map for the command."""

    def save(text, map_text):
        paths = tmp_path / "lots.csv", tmp_path / "map.toml"
        for path, content in zip(paths, (text, map_text), strict=True):
            path.write_text(content, encoding="utf-8")
        return paths

    return save


def file_of(content="94.4", total="0.20", water="1.53", **more):
    head = ",".join([files.HEAD.strip(), *more])
    row = ",".join(["B-1,2026-02-01", content, total, f'"{water}"', *more.values()])
    return f"{head}\n{row}\n"


def checked(person, text, map_text):
    """Return the page that answers who checks the file with the map."""
    return signed_in(person).post(
        "/imports/new/",
        {
            "upload": SimpleUploadedFile("lots.csv", text.encode()),
            "map_text": map_text,
        },
    )


def not_reported(text):
    return files.MAP.replace('water = ["", "0"]', f'water = ["{text}"]')


def ignoring(why, column="content"):
    """Return the map without the column among its results, ignored for this reason."""
    without = "\n".join(
        line for line in files.MAP.splitlines() if not line.startswith(f"{column} =")
    )
    return f'{without}\n[ignore]\n"{column}" = "{why}"\n'


# --- not reported is a closed list ---------------------------------------------------


@pytest.mark.parametrize("text", LOST)
def test_no_result_means_not_reported(cast, at, saved, monkeypatch, text):
    file = file_of(water=text)
    sentence = (
        f"Under [not_reported], water has “{text}”. Only blank, -, /, n/a, not tested,"
        " 未检 mean not reported, and 0 where the test cannot be zero."
    )

    page = checked(cast.lin, file, not_reported(text))
    with pytest.raises(CommandError) as caught:
        files.run(*saved(file, not_reported(text)))

    assert (page.status_code, sentence in words(page)) == (422, True)
    assert sentence in str(caught.value)
    assert not Lot.objects.exists()
    # The control: with the list switched off, the result is gone.
    monkeypatch.setattr(not_imported, "means_not_reported", lambda text: True)
    files.run(*saved(file, not_reported(text)))
    assert not Result.objects.filter(test__code="WATER").exists()


def test_zero_is_a_result_unless_the_test_cannot_be_zero(cast, saved):
    bare = files.MAP.replace('never_zero = ["water"]\n', "")

    with pytest.raises(CommandError, match="water has 0, which is a result"):
        files.run(*saved(file_of(water="0"), bare))

    assert not Lot.objects.exists()
    files.run(*saved(file_of(water="0"), files.MAP))
    assert Lot.objects.get().left_out == [
        {"column": "water", "test": "WATER", "text": "0", "why": "not_reported"}
    ]


# --- a column is ignored for a reason, and seen ---------------------------------------


@pytest.mark.parametrize(
    "name",
    ["CONTENT", "Content", "result CONTENT", "Content (%)", "C\u043entent", "ＣONTENT"],
)
@pytest.mark.parametrize("why", ["remark", "not_a_test", "other_lots", "calculated"])
def test_column_of_a_test_is_not_ignored(cast, saved, monkeypatch, name, why):
    file = file_of().replace("content", name, 1)
    map_text = ignoring(why).replace('"content" =', f'"{name}" =')

    with pytest.raises(CommandError, match="The map ignores this column, but Content"):
        files.run(*saved(file, map_text))

    assert not Lot.objects.exists()
    monkeypatch.setattr(rows.Reader, "_check_ignored", lambda *_: None)
    files.run(*saved(file, map_text))
    assert Lot.objects.exists()


def test_ignored_column_needs_a_reason(cast, at):
    page = checked(cast.lin, file_of(note="OOS"), f'ignore = ["note"]\n{files.MAP}')

    assert "[ignore] in the map must be a table that names each column" in words(page)


@pytest.mark.postgres
def test_what_was_left_out_is_shown_to_everybody_who_signs(cast, at, saved):
    """An assay under another name: the analyst says why, and the others see it."""
    file = file_of(water="-", Gehalt="91.0 OOS")
    map_text = not_reported("-") + '\n[ignore]\nGehalt = "remark"\n'
    seen = "Gehalt: “91.0 OOS” (Remark)"

    dry = files.run(*saved(file, map_text), "--dry-run")
    page = checked(cast.lin, file, map_text)
    done = files.run(*saved(file, map_text))

    lot = Lot.objects.get()
    for said in (dry, done):
        assert "column ignored\tGehalt\tRemark\n" in said
        assert "left out\twater\t-\tNot reported\t" in said
    receipt = signed_in(cast.ines).get(f"/imports/{lot.imported_id}/")
    assert "Gehalt the whole column Remark all" in words(page)
    assert "Gehalt the whole column Remark all" in words(receipt)
    assert "water - Not reported B-1" in words(receipt)
    # The reviewer, where the results are chosen and where they are signed.
    test_order = lot.test_orders.get()
    bench.submit(lot, by=cast.lin, at=at)
    reviewer = signed_in(cast.sofia)
    review = f"/test-orders/{test_order.pk}/review/"
    chosen = "&".join(f"result={one.pk}" for one in test_order.results.all())
    for address in (review, f"{review}sign/?{chosen}"):
        assert seen in words(reviewer.get(address))
    # QA, on the page of the release; everybody, on the page and record of the lot.
    qa = signed_in(cast.chen)
    assessment = lot.assessments.get()
    for address in (
        f"/assessments/{assessment.pk}/release/",
        f"/lots/{lot.pk}/",
        f"/lots/{lot.pk}/record/",
    ):
        assert seen in words(qa.get(address))
    evaluated = evaluator.evaluate(lot)
    for text in (
        signed_text.review_text(
            evaluated, test_order.pk, test_order.results.all(), by=cast.sofia
        ),
        signed_text.assessment_text(evaluated, assessment.pk),
        signed_text.lot_text(lot),
    ):
        assert "91.0 OOS" in text
    assert (
        "Not imported Of the lot's row of the file these columns are no results:"
    ) in words(qa.get(f"/assessments/{assessment.pk}/release/"))
    assert verification.verify().holds


# --- a word becomes a result only under a second signature ----------------------------


def approve_on_page(person):
    """Approve the one map that waits, as the person does from My work."""
    client = signed_in(person)
    column = ColumnMap.objects.get()
    address = f"/imports/maps/{column.pk}/"
    assert address in client.get("/").text
    assert f"{address}approve/" in client.get(address).text
    page = client.get(f"{address}approve/")
    return client.post(
        f"{address}approve/",
        {"password": PASSWORD, "shown": page.context["shown"]},
    )


@pytest.mark.postgres
def test_translation_waits_for_a_second_person(cast, at, saved):
    file, map_text = file_of(water="n.d."), files.translating("water", "n.d.", "ND")

    with pytest.raises(CommandError, match="a second person must approve it first"):
        files.run(*saved(file, map_text))
    page = checked(cast.lin, file, map_text)
    with pytest.raises(CommandError, match=r"waits for approval\. Ask a reviewer"):
        files.run(*saved(file, map_text))

    assert "Ask a reviewer or QA, but not Lin Yue, who proposed it" in words(page)
    assert "Import 1 lot" not in words(page)
    assert "water WATER n.d. ND" in words(page)
    assert not Lot.objects.exists()

    assert approve_on_page(cast.sofia).status_code == 302
    assert "Import 1 lot" in words(checked(cast.lin, file, map_text))
    files.run(*saved(file, map_text))
    [typed] = Result.objects.get(test__code="WATER").determinations
    assert (typed["text"], typed["written"]) == ("ND", "n.d.")
    # The reviewer sees the word of the file beside the result.
    bench.submit(Lot.objects.get(), by=cast.lin, at=at)
    test_order = Lot.objects.get().test_orders.get()
    review = signed_in(cast.sofia).get(f"/test-orders/{test_order.pk}/review/")
    assert "ND (“n.d.” in the file)" in words(review)
    # So does QA at the release: it is an exception of the trail, and signed.
    assessment = Lot.objects.get().assessments.get()
    release = signed_in(cast.chen).get(f"/assessments/{assessment.pk}/release/")
    assert "Translated by the column map The file says “n.d.” of" in words(release)
    text = signed_text.assessment_text(
        evaluator.evaluate(assessment.lot), assessment.pk
    )
    assert "The file says “n.d.” of" in text
    assert verification.verify().holds


def test_who_proposed_a_map_does_not_approve_it(cast, at):
    """Nor does who approved it import with it, whatever roles a person holds."""
    for person in (cast.lin, cast.sofia):
        users.set_roles(
            person=person,
            by=cast.admin,
            at=at,
            roles=["analyst", "reviewer"],
            reason="Both for a week",
        )
    file, map_text = file_of(water="n.d."), files.translating("water", "n.d.", "ND")
    checked(cast.lin, file, map_text)
    column = ColumnMap.objects.get()

    address = f"/imports/maps/{column.pk}/approve/"
    own = signed_in(cast.lin)
    assert f"/imports/maps/{column.pk}/" not in own.get("/").text
    assert "takes another person: you drafted it" in words(own.get(address))
    shown = signed_in(cast.sofia).get(address).context["shown"]
    answer = own.post(address, {"password": PASSWORD, "shown": shown})
    assert (answer.status_code, "takes another person" in words(answer)) == (422, True)

    assert approve_on_page(cast.sofia).status_code == 302
    page = checked(cast.sofia, file, map_text)
    assert "so you cannot import with it" in words(page)
    sent = signed_in(cast.sofia).post(
        "/imports/run/",
        {"sha256": page.context["checked"].document.sha256, "map_text": map_text},
    )
    assert (sent.status_code, "You approved the map" in words(sent)) == (422, True)
    assert not Lot.objects.exists()


def test_approval_is_of_one_version_of_the_map(cast, saved):
    file = file_of(water="n.d.")
    checked(cast.lin, file, files.translating("water", "n.d.", "ND"))
    approve_on_page(cast.sofia)

    changed = files.translating("water", "n.d.", "ND").replace('"4 drums"', '"5 drums"')

    with pytest.raises(CommandError, match="a second person must approve it first"):
        files.run(*saved(file, changed))


def test_command_approves_a_map(cast, saved, capsys):
    file, map_text = (
        file_of(content="97.2 OOS"),
        files.translating("content", "97.2 OOS", "97.2"),
    )
    paths = saved(file, map_text)
    with pytest.raises(CommandError, match="was not proposed: check a file with it"):
        approve(paths[1], by="sofia")
    with pytest.raises(CommandError, match="waits for approval"):
        files.run(*paths, "--dry-run")

    with pytest.raises(CommandError, match="ask a reviewer or QA"):
        approve(paths[1], by="lin")
    said = approve(paths[1], by="sofia")
    files.run(*paths)

    assert "content (CONTENT): 97.2 OOS = 97.2" in said
    assert "approved." in said
    # It counts as a result: it fails, and is investigated.
    assert Investigation.objects.get().result.test.code == "CONTENT"
    with pytest.raises(CommandError, match="approved the map already"):
        approve(paths[1], by="tomas")
    signature = ColumnMap.objects.get().signature
    assert (signature.by, signature.wording) == (cast.sofia, "Column map approved")
    assert AuditEntry.objects.filter(action="approve_map").exists()


def withdraw_on_page(person, **sent):
    address = f"/imports/maps/{ColumnMap.objects.get().pk}/withdraw/"
    return signed_in(person).post(address, sent)


@pytest.mark.postgres
def test_withdrawn_map_imports_nothing_more(cast, saved, monkeypatch):
    """On the page and by the command; what was imported stays and is listed."""
    file, map_text = file_of(water="n.d."), files.translating("water", "n.d.", "ND")
    checked(cast.lin, file, map_text)
    approve_on_page(cast.sofia)
    files.run(*saved(file, map_text))
    other = file.replace("B-1,", "B-2,")

    blank = withdraw_on_page(cast.chen, reason=" ")
    assert blank.status_code == 422
    assert withdraw_on_page(cast.lin, reason="Wrong").status_code == 403
    assert withdraw_on_page(cast.chen, reason="n.d. is NMT 0.05").status_code == 302

    said = "was withdrawn: n.d. is NMT 0.05. Correct the map"
    assert said in words(checked(cast.lin, other, map_text))
    with pytest.raises(CommandError, match=r"was withdrawn: n\.d\. is NMT"):
        files.run(*saved(other, map_text))
    assert Lot.objects.get().number == "B-1"
    page = words(
        signed_in(cast.ines).get(f"/imports/maps/{ColumnMap.objects.get().pk}/")
    )
    assert "Withdrawn by Chen Fang: n.d. is NMT 0.05" in page
    assert "Lots imported with it 1 B-1 , To submit" in page
    approval = f"/imports/maps/{ColumnMap.objects.get().pk}/approve/"
    assert "There is nothing more to do." in words(signed_in(cast.tomas).get(approval))
    entry = AuditEntry.objects.get(action="withdraw_map")
    assert (entry.by, entry.reason) == (cast.chen, "n.d. is NMT 0.05")
    assert verification.verify().holds
    # The control: the rule is off, and the file passes.
    monkeypatch.setattr(map_approval, "against_import", lambda *_: None)
    files.run(*saved(other, map_text))
    assert Lot.objects.count() == 2


@pytest.mark.parametrize("is_withdrawn", [True, False], ids=["withdrawn", "control"])
def test_releaser_reads_that_the_map_of_the_lot_was_withdrawn(
    cast, at, saved, is_withdrawn
):
    file, map_text = file_of(water="n.d."), files.translating("water", "n.d.", "ND")
    checked(cast.lin, file, map_text)
    approve_on_page(cast.sofia)
    files.run(*saved(file, map_text), by="marek")
    lot = Lot.objects.get()
    bench.submit(lot, by=cast.marek, at=at)
    bench.review(cast, lot, at=at)
    if is_withdrawn:
        withdraw_on_page(cast.chen, reason="n.d. is NMT 0.05")

    release = f"/assessments/{lot.assessments.first().pk}/release/"
    page = words(signed_in(cast.chen).get(release))

    said = (
        "Column map withdrawn Chen Fang withdrew the column map by which the lot was"
        f" imported on {calendar.today(at)}: n.d. is NMT 0.05"
    )
    assert (said in page) == is_withdrawn


def test_proposed_map_that_nobody_approves_is_withdrawn(cast):
    checked(cast.lin, file_of(water="n.d."), files.translating("water", "n.d.", "ND"))
    [waiting] = drafts.waiting_for(cast.chen)

    assert withdraw_on_page(cast.sofia, reason="Means not done").status_code == 302

    assert waiting.record == ColumnMap.objects.get()
    assert drafts.waiting_for(cast.chen) == []


def approve(map_file, *, by):
    """Run the command that approves a map; return what it says."""
    return files.command("approve_column_map", str(map_file), by=by)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("97.2 OOS", "94.2"), ("n.d.", "0.01"), ("fails", "94.4"),
        ("0.50 OOS", "<0.05"),
        # Digits left out, a point moved, a sign put before or after it.
        ("10,5", "0.5"), ("5,3", "3"), ("<10 ppm", "<1"), ("0,5", "<0.5"),
        ("1.000 ppm", "1000"), ("5.3e1 %", "5.3"), ("5,3", "ND"),
        # Of a result with its limit nobody knows which is meant.
        ("97.2 OOS (NLT 98.0)", "98.0"),
    ],
)  # fmt: skip
def test_translation_changes_no_number(cast, saved, monkeypatch, written, text):
    map_text = files.translating("water", written, text)
    file = file_of(water=written)

    with pytest.raises(CommandError, match="never makes or changes a number"):
        files.run(*saved(file, map_text))

    # The control: a second person is all that is asked.
    monkeypatch.setattr(map_grammar, "_is_changed", lambda *_: False)
    with pytest.raises(CommandError, match="second person must approve it"):
        files.run(*saved(file, map_text))


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("5,3", "5.3"), ("5.3 %", "5.3"), ("97.2 OOS", "97.2"), ("< 0,05", "<0.05"),
        ("1 000 ppm", "1000"), ("n.d.", "ND"), ("ND (<0.05)", "ND"),
        ("-0,5", "-0.5"),
    ],
)  # fmt: skip
def test_translation_takes_away_what_stands_around_a_number(written, text):
    assert not map_grammar._is_changed(written, text)


def test_result_is_not_translated(cast, saved):
    """Not even two people make another result of the one that is there."""
    map_text = files.translating("water", "<0.05", "ND")

    with pytest.raises(CommandError, match=r"<0\.05 is a result of Water already"):
        files.run(*saved(file_of(water="<0.05"), map_text))


def test_translation_is_a_result_of_the_test(cast, saved):
    with pytest.raises(CommandError, match="column water: "):
        files.run(
            *saved(file_of(water="dry"), files.translating("water", "dry", "passes"))
        )


def one_byte(text):
    """Return the map with one byte changed, at each kind of place."""
    return {
        "a limit of the translation": text.replace('"ND"', '"NL"'),
        "a word of the file": text.replace('"n.d."', '"n.d,"'),
        "a test": text.replace('water = "WATER"', 'water = "wATER"'),
        "a space between": text.replace('"n.d." = "ND"', '"n.d."  = "ND"'),
        "a comment": f"{text}#",
        "a letter that looks the same": text.replace("n.d.", "n.d\N{ONE DOT LEADER}"),
    }


@pytest.mark.parametrize("place", one_byte(""))
def test_map_with_one_byte_changed_is_another_map(cast, saved, place):
    """The attack: have a map approved, change it, and import with it."""
    file, map_text = file_of(water="n.d."), files.translating("water", "n.d.", "ND")
    checked(cast.lin, file, map_text)
    approve_on_page(cast.sofia)
    changed = one_byte(map_text)[place]
    assert changed != map_text
    assert len(changed) - len(map_text) in (0, 1)

    page = checked(cast.marek, file, changed)
    with pytest.raises(CommandError):
        files.run(*saved(file, changed), by="marek")
    sent = signed_in(cast.marek).post(
        "/imports/run/",
        {"sha256": hashlib.sha256(file.encode()).hexdigest(), "map_text": changed},
    )

    assert "approved" not in words(page, of="ready")
    assert sent.status_code == 422
    assert not Lot.objects.exists()


def test_control_changed_map_is_imported_where_nobody_compares_it(
    cast, saved, monkeypatch
):
    file, map_text = file_of(water="n.d."), files.translating("water", "n.d.", "ND")
    checked(cast.lin, file, map_text)
    approve_on_page(cast.sofia)
    monkeypatch.setattr(
        map_approval, "digest", lambda _: ColumnMap.objects.get().sha256
    )

    files.run(*saved(file, one_byte(map_text)["a comment"]), by="marek")

    assert Lot.objects.get().number == "B-1"


def test_map_changed_in_the_database_is_found_and_approves_nothing(cast, saved):
    """Whoever has the database puts other lines and their digest under a signature."""
    file, map_text = file_of(water="n.d."), files.translating("water", "n.d.", "ND")
    checked(cast.lin, file, map_text)
    approve_on_page(cast.sofia)
    changed = f"{map_text}#"
    ColumnMap.objects.update(text=changed, sha256=map_approval.digest(changed))

    with pytest.raises(CommandError):
        files.run(*saved(file, changed), by="marek")

    assert not Lot.objects.exists()
    assert verification.verify().record_fault
