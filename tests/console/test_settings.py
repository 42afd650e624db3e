import logging
from pathlib import Path

import pytest

from console.settings import ENVIRONMENT, Choice, config_path, read_site
from console.syncing import keep_of
from storage.errors import SettingsError, UsageError
from storage.place import DatabaseUrl
from storage.retention import Keep

KOUVOLA = """
default_site = "tuanjiecun"

[console]
color = "16"

[site.tuanjiecun]
title = "Chongqing Tuanjiecun"
timezone = "Asia/Shanghai"

[[site.tuanjiecun.upstream]]
name = "gateway"
url = "https://gateway.example"
token_file = "gateway.token"

[site.example.kouvola]

[[site.example.kouvola.upstream]]
name = "digitraffic"
kind = "digitraffic"
url = "https://rata.example"
stations = ["KV"]
interval_s = 60
"""


@pytest.fixture
def settings_file(own_home: Path) -> Path:
    path = config_path({})
    assert path.is_relative_to(own_home)
    path.parent.mkdir(parents=True)
    path.write_text(KOUVOLA)
    return path


def refusal(text: str, path: Path, environ: dict[str, str] | None = None, choice: Choice | None = None) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    with pytest.raises(SettingsError) as raised:
        read_site(choice, {"DRYPORT_CONFIG": str(path), **(environ or {})})
    return str(raised.value)


def test_an_address_alone_is_enough_configuration(own_home: Path) -> None:
    site = read_site(environ={"DRYPORT_UPSTREAM": "http://127.0.0.1:8731"})
    assert [upstream.url for upstream in site.upstreams] == ["http://127.0.0.1:8731"]
    assert site.cache_path.parts[-3:] == ("dryport", "127.0.0.1-8731", "cache.db")
    assert site.cache_path.is_relative_to(own_home)
    assert site.upstreams[0].token({}) is None


def test_each_address_has_a_cache_of_its_own() -> None:
    one = read_site(environ={"DRYPORT_UPSTREAM": "http://127.0.0.1:8731"})
    two = read_site(environ={"DRYPORT_UPSTREAM": "http://127.0.0.1:8732"})
    assert one.cache_path != two.cache_path


def test_without_any_configuration_it_says_how_to_make_one_and_offers_the_demo() -> None:
    with pytest.raises(SettingsError, match="dryport demo") as raised:
        read_site(environ={})
    assert str(config_path({})) in str(raised.value)
    assert "[[site.myport.upstream]]" in str(raised.value)


def test_the_file_names_the_default_site(settings_file: Path) -> None:
    site = read_site(environ={})
    assert (site.name, site.title, site.timezone) == ("tuanjiecun", "Chongqing Tuanjiecun", "Asia/Shanghai")
    assert site.appearance.color == "16"
    assert site.upstreams[0].token_file == str(settings_file.parent / "gateway.token")


def test_the_settings_file_that_the_readme_shows_is_one(own_home: Path) -> None:
    readme = Path("README.md").read_text("utf-8")
    path = config_path({})
    path.parent.mkdir(parents=True)
    path.write_text(readme.partition("```toml\n")[2].partition("```")[0])
    assert read_site(environ={}).name == "tuanjiecun"
    site = read_site(Choice(site="example.kouvola"), {})
    assert (site.upstreams[0].kind, site.upstreams[0].stations) == ("digitraffic", ("KV",))


def test_a_site_says_how_much_history_it_keeps(own_home: Path) -> None:
    path = config_path({})
    path.parent.mkdir(parents=True)
    upstream = '[[site.a.upstream]]\nname = "gateway"\nurl = "https://gateway.example"\n'
    path.write_text(f"[site.a]\nkeep_days = 30\nkeep_gb = 0.5\n{upstream}")
    assert keep_of(read_site(environ={})) == Keep(days=30, size_bytes=2**29)
    path.write_text(f"[site.a]\n{upstream}")
    assert keep_of(read_site(environ={})) == Keep()
    path.write_text(f"[site.a]\nkeep_gb = 0\n{upstream}")
    with pytest.raises(SettingsError, match=r"keep_gb in \[site"):
        read_site(environ={})


def test_a_site_may_be_named_in_parts(settings_file: Path) -> None:
    site = read_site(Choice(site="example.kouvola"), {})
    assert site.upstreams[0].stations == ("KV",)
    assert site.upstreams[0].interval_s == 60


def test_flags_win_over_the_environment_and_that_over_the_file(settings_file: Path, tmp_path: Path) -> None:
    environ = {"DRYPORT_SITE": "example.kouvola", "DRYPORT_DATA_DIR": str(tmp_path / "environment")}
    assert read_site(environ=environ).folder == tmp_path / "environment" / "example.kouvola"
    choice = Choice(site="tuanjiecun", data_dir=tmp_path / "flag")
    assert read_site(choice, environ).folder == tmp_path / "flag" / "tuanjiecun"


def test_an_address_overrides_the_gateway_of_a_named_site_and_keeps_its_cache(settings_file: Path) -> None:
    site = read_site(Choice(site="tuanjiecun", upstream="https://other.example"), {})
    assert (site.name, site.upstreams[0].name, site.upstreams[0].url) == (
        "tuanjiecun", "gateway", "https://other.example",
    )  # fmt: skip


def test_an_address_without_a_site_never_mixes_into_the_default_sites_cache(settings_file: Path) -> None:
    site = read_site(environ={"DRYPORT_UPSTREAM": "https://other.example"})
    assert site.name == "other.example-443"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("intervall_s = 5", "line 4: intervall_s is no key of [site.a.upstream]: did you mean interval_s?"),
        ('interval_s = "often"', "line 4: interval_s in [site.a.upstream] is wrong: expected a number, got text"),
        ("interval_s = 0", "line 4: interval_s in [site.a.upstream] is wrong: expected a number >= 1"),
        ('token = "secret-token"', "line 4: token is no key of [site.a.upstream]"),
        ('url = "gateway.example"', "line 4: 'gateway.example' is no address of an upstream"),
        ('url = "https://me:secret@gateway.example"', "a token belongs in a token file"),
        ("stations = [3]", "line 4: stations in [site.a.upstream] is wrong"),
        ('name = "../up"', "line 4: name in [site.a.upstream] is wrong"),
        ('token_file = "a"\ntoken_env = "B"', "line 5: token_file and token_env are both set"),
    ],
)
def test_a_wrong_key_is_named_with_its_line_and_remedy(line: str, said: str, tmp_path: Path) -> None:
    rest = "".join(
        f"{key} = '{value}'\n"
        for key, value in {"name": "gateway", "url": "https://gateway.example"}.items()
        if not line.startswith(key)
    )
    path = tmp_path / "config.toml"
    message = refusal(f"[site.a]\n\n[[site.a.upstream]]\n{line}\n{rest}", path)
    assert said in message
    assert str(path) in message
    assert "secret" not in message.replace("secret-token", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("site = 3", "line 1: site must be a table"),
        ("[site]\na = 3", "site.a must be a table"),
        ("[sites.a]", "sites is unknown: did you mean site?"),
        ("[site.a]\nupstream = []", "line 1: site a has no upstream"),
        ("[site.a]\ntitle = 'A'", "missing required field upstream"),
        ("", "names no site"),
        ("[site.a\n", "is not valid TOML"),
        ("[site.'a/b']\nupstream = [{name = 'x', url = 'https://x'}]", "cannot name a site"),
        ("console = 3\n[site.a]\nupstream = [{name = 'x', url = 'https://x'}]", "console must be a table"),
        ("[console]\ncolour = '16'\n[site.a]\nupstream = [{name='x', url='https://x'}]", "did you mean color?"),
        ("[site.a]\nupstream = [{name='x', url='https://x'}, {name='x', url='https://y'}]", "two upstreams of a"),
        ("[site.a]\nupstream = [{name='x', url='https://x'}]\n[site.b]\ntitle='B'", "which of the sites a, b?"),
        ("[site.a]\ntimezone = 'Asia/Chonking'\nupstream = [{name='x', url='https://x'}]", "is no time zone"),
    ],
)
def test_a_file_that_is_wrong_is_refused_in_one_sentence(text: str, said: str, tmp_path: Path) -> None:
    message = refusal(text, tmp_path / "config.toml")
    assert said in message
    assert "\n" not in message


def test_a_site_that_is_not_there_brings_the_nearest_name(tmp_path: Path) -> None:
    said = refusal(KOUVOLA, tmp_path / "c.toml", choice=Choice(site="tuanjecun"))
    assert "did you mean tuanjiecun?" in said


def test_a_settings_file_named_but_missing_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There is no settings file"):
        read_site(environ={"DRYPORT_CONFIG": str(tmp_path / "no.toml"), "DRYPORT_UPSTREAM": "https://x"})


def test_a_settings_file_that_everybody_can_change_is_refused(settings_file: Path) -> None:
    settings_file.chmod(0o646)
    with pytest.raises(SettingsError, match="chmod o-w"):
        read_site(environ={})


def test_a_settings_file_that_is_no_text_is_refused(settings_file: Path) -> None:
    settings_file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="not UTF-8"):
        read_site(environ={})


def test_a_settings_file_without_end_is_refused(settings_file: Path) -> None:
    settings_file.write_bytes(b"#" * (1 << 21))
    with pytest.raises(SettingsError, match="larger than 1 MiB"):
        read_site(environ={})


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ftp://x", "no address"),
        ("127.0.0.1:8731", "no address"),
        ("http://x:0", "no address"),
        ("http://[", "no addr"),
    ],
)
def test_an_address_that_is_none_is_refused(address: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_site(environ={"DRYPORT_UPSTREAM": address})


def test_a_token_comes_from_the_environment_and_is_never_written_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    environ = {"DRYPORT_UPSTREAM": "https://gateway.example", "DRYPORT_TOKEN": "canary-5a7e"}
    site = read_site(environ=environ)
    assert site.upstreams[0].token(environ) == "canary-5a7e"
    assert "canary" not in repr(site) + caplog.text


def test_a_token_file_is_read_anew_each_time(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("first\n")
    token.chmod(0o600)
    upstream = read_site(
        environ={"DRYPORT_UPSTREAM": "https://gateway.example", "DRYPORT_TOKEN_FILE": str(token)}
    ).upstreams[0]
    assert upstream.token() == "first"
    token.write_text("second\n")
    assert upstream.token() == "second"


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        ("token", 0o604, "chmod 600"),
        ("", 0o600, "holds no token"),
        ("a token\nand more", 0o600, "holds no token"),
        ("tökén", 0o600, "more than a token"),
        (None, 0o600, "cannot be read"),
    ],
)
def test_a_token_file_that_is_unfit_is_refused(content: str | None, mode: int, said: str, tmp_path: Path) -> None:
    token = tmp_path / "token"
    if content is not None:
        token.write_text(content, encoding="utf-8")
        token.chmod(mode)
    environ = {"DRYPORT_UPSTREAM": "https://gateway.example", "DRYPORT_TOKEN_FILE": str(token)}
    with pytest.raises(SettingsError, match=said):
        read_site(environ=environ).upstreams[0].token(environ)


def test_a_token_never_travels_unencrypted() -> None:
    with pytest.raises(SettingsError, match="unencrypted"):
        read_site(environ={"DRYPORT_UPSTREAM": "http://gateway.example", "DRYPORT_TOKEN": "t"})


def test_a_token_that_could_be_meant_for_two_upstreams_is_given_to_neither(tmp_path: Path) -> None:
    two = "[site.a]\nupstream = [{name='x', url='https://x.example'}, {name='y', url='https://y.example'}]"
    assert "DRYPORT_TOKEN could be meant for x, y" in refusal(two, tmp_path / "c.toml", {"DRYPORT_TOKEN": "t"})


def test_two_tokens_are_one_too_many() -> None:
    environ = {"DRYPORT_UPSTREAM": "https://x", "DRYPORT_TOKEN": "t", "DRYPORT_TOKEN_FILE": "f"}
    with pytest.raises(SettingsError, match="both set"):
        read_site(environ=environ)


def test_a_token_that_is_not_there_says_which_variable_should_hold_it(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("[site.a]\nupstream = [{name='x', url='https://x.example', token_env='X_TOKEN'}]")
    site = read_site(environ={"DRYPORT_CONFIG": str(path)})
    with pytest.raises(SettingsError, match="X_TOKEN, which should hold the token of x, is not set"):
        site.upstreams[0].token({})


def test_the_environment_sets_how_the_console_draws() -> None:
    environ = {"DRYPORT_UPSTREAM": "https://x", "DRYPORT_ASCII": "yes", "DRYPORT_TIMEZONE": "Asia/Shanghai"}
    site = read_site(environ=environ)
    assert (site.appearance.ascii, site.timezone) == ("yes", "Asia/Shanghai")
    with pytest.raises(SettingsError, match="DRYPORT_ASCII is 'perhaps': use auto, yes or no"):
        read_site(environ={**environ, "DRYPORT_ASCII": "perhaps"})


def test_every_variable_that_is_read_is_listed() -> None:
    read = {word.strip("\"'") for source in Path("console").rglob("*.py") for word in _variables(source)}
    assert read <= set(ENVIRONMENT)


def _variables(source: Path) -> set[str]:
    import re

    return set(re.findall(r"[\"'](DRYPORT_[A-Z_]+)[\"']", source.read_text("utf-8")))


def test_a_site_can_have_its_cache_in_a_database(settings_file: Path) -> None:
    address = "postgresql+psycopg://dryport@db.example/dryport"
    settings_file.write_text(KOUVOLA.replace('timezone = "Asia/Shanghai"', f'database = "{address}"'))
    assert read_site(environ={}).cache == DatabaseUrl(address)
    kouvola = read_site(Choice(site="example.kouvola"), {})
    assert kouvola.cache == kouvola.folder / "cache.db"


@pytest.mark.parametrize("address", ["postgresql+psycopg://dryport:hunter2@db/dryport", "mysql://db/hunter2"])
def test_a_database_that_is_refused_is_named_by_its_line_and_shows_no_secret(settings_file: Path, address: str) -> None:
    said = refusal(KOUVOLA.replace('timezone = "Asia/Shanghai"', f'database = "{address}"'), settings_file)
    assert "line 9: A database" in said
    assert "hunter2" not in said
