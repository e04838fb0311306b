"""A site that others can reach brings its own key and address, or does not start."""

import os
import secrets
import stat
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.formats import get_format

from lots.imports.lot_import import MOST_LOTS
from qatracker.settings import (
    DATABASES,
    ROOT,
    SAMPLE_SECRET_KEY,
    VERSION,
    languages,
    secret_key,
    version,
)

OWN = "k" * 50
PUBLIC = {
    "SECRET_KEY": secrets.token_urlsafe(50),
    "ALLOWED_HOSTS": "qa.example.com",
    "CHECK_URL_BASE": "https://qa.example.com",
}


def checked(folder, *, without=(), **environment):
    """Return exit code and last line of `check --deploy` of a site with these."""
    answer = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "check",
            "--deploy",
            "--fail-level",
            "WARNING",
        ],
        cwd=ROOT,
        env={
            **{
                name: value
                for name, value in {**PUBLIC, **environment}.items()
                if name not in without
            },
            "PATH": os.environ["PATH"],
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.returncode, (answer.stdout + answer.stderr).strip().splitlines()[-1]


def test_version_is_the_first_dated_heading_of_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = next(
        line
        for line in changelog.splitlines()
        if line.startswith("## ") and line != "## Unreleased"
    )

    assert heading.startswith(f"## {VERSION} – ")
    assert (
        version(
            "# Changelog\n\n## Unreleased\n\n- It.\n\n## 1.10.0 – 2027-01-31\n"
            "\n- That.\n\n## 1.9.2 – 2027-01-01\n"
        )
        == "1.10.0"
    )


@pytest.mark.parametrize(
    "changelog", ["", "## Unreleased\n", "## 1.2 – 2027-01-31\n", "## 1.2.3\n"]
)
def test_changelog_without_a_dated_version_is_refused(changelog):
    with pytest.raises(ImproperlyConfigured, match=r"CHANGELOG\.md has no heading"):
        version(changelog)


def test_secret_key_that_was_given_is_used(tmp_path):
    assert secret_key(given=OWN, is_local=False, folder=tmp_path) == OWN
    assert list(tmp_path.iterdir()) == []


def test_secret_key_of_a_local_site_is_made_once_for_its_owner_alone(tmp_path):
    made = secret_key(given="", is_local=True, folder=tmp_path)

    assert len(made) == 96
    assert secret_key(given="", is_local=True, folder=tmp_path) == made
    (kept,) = tmp_path.iterdir()
    assert kept.name == "local-secret-key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("given", "is_local", "sentence"),
    [
        pytest.param(
            SAMPLE_SECRET_KEY, True, "SECRET_KEY is the sample", id="the sample"
        ),
        pytest.param("k" * 49, True, "SECRET_KEY is the sample", id="49 characters"),
        pytest.param("", False, "ALLOWED_HOSTS names more", id="none on a public site"),
    ],
)
def test_secret_key_that_others_may_know_is_refused(
    tmp_path, given, is_local, sentence
):
    with pytest.raises(ImproperlyConfigured, match=sentence):
        secret_key(given=given, is_local=is_local, folder=tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_public_site_passes_the_deployment_check(tmp_path):
    assert checked(tmp_path) == (
        0,
        "System check identified no issues (0 silenced).",
    )


@pytest.mark.parametrize("name", ["SECRET_KEY", "CHECK_URL_BASE"])
def test_public_site_does_not_start_without(tmp_path, name):
    code, said = checked(tmp_path, without=[name])

    assert code == 1
    assert f"ALLOWED_HOSTS names more than this machine; set {name}" in said


def test_debug_fails_the_deployment_check(tmp_path):
    code, said = checked(tmp_path, DEBUG="true")

    assert code == 1
    assert said == "System check identified 1 issue (0 silenced)."


def test_pages_wait_for_the_longest_import_and_do_not_fail():
    """On SQLite it holds the write lock, which a page needs to renew its session."""
    seconds_of_an_import = MOST_LOTS / 100

    assert DATABASES["default"]["OPTIONS"]["timeout"] >= 2 * seconds_of_an_import


def test_language_is_there_with_its_compiled_catalogue(tmp_path):
    for name in ("zh_Hans/LC_MESSAGES/django.mo", "de/LC_MESSAGES/django.po"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.touch()

    assert languages(tmp_path) == [("en", "English"), ("zh-hans", "简体中文")]
    assert languages(tmp_path / "none") == [("en", "English")]


@pytest.mark.parametrize("code", [code for code, _name in settings.LANGUAGES])
def test_language_writes_dates_in_iso_form(code):
    """It has a module beside `qatracker/formats/en`: Django's own differ by country."""
    assert get_format("DATE_FORMAT", lang=code) == "Y-m-d"
    assert get_format("DATETIME_FORMAT", lang=code) == "Y-m-d H:i"
    assert get_format("DECIMAL_SEPARATOR", lang=code) == "."
