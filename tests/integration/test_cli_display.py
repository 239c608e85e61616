"""`novigem display`: addresses of walls and of one person's figures."""

import json
from pathlib import Path

from novigem.ledger.sql.store import open_store
from tests.golden.cli.world import novigem


def test_a_link_is_made_listed_and_ended(season: Path) -> None:
    made = novigem(season, "display", "link", "--author", "Lea", "--site", "https://points.example.com/")
    assert made.code == 0
    address = made.out.splitlines()[0]
    assert address.startswith("https://points.example.com/wall/")
    (link,) = json.loads(novigem(season, "display", "links", "--json").out)
    assert (link["author"], link["ended"]) == ("Lea", None)
    assert link["id"] in address
    assert "holds" in novigem(season, "display", "links").out
    assert novigem(season, "display", "end", link["id"]).code == 0
    assert novigem(season, "display", "end", link["id"]).code == 2
    assert "ended" in novigem(season, "display", "links").out


def test_what_is_not_there_is_said(season: Path) -> None:
    answer = novigem(season, "display", "link", "--board", "none")
    assert answer.code == 2
    assert "has no board 'none'" in answer.err
    assert novigem(season, "display", "embed", "--user", "nobody").code == 2
    assert novigem(season, "display", "embed", "--user", "Ann Example", "--minutes", "60").code == 2


def test_an_embed_is_for_one_person(season: Path) -> None:
    answer = json.loads(novigem(season, "display", "embed", "--user", "Ann Example", "--json").out)
    assert answer["minutes"] == 5
    assert "/embed/" in answer["address"]
    store = open_store(f"sqlite:///{season / 'novigem.db'}")
    assert store.display_links() == []
    store.close()
