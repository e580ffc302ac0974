from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from graph_service.errors import Refusal
from graph_service.model.checkpoints import Checkpoint, Verifier, checkpoint_of, read_checkpoint, read_verifier, sign
from graph_service.model.journal import GENESIS, Head

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
SCHOOL = Verifier(name="trustnet.test/school", key=KEY.public_key())
HELD = Checkpoint(origin="trustnet.test/school", seq=4711, hash=bytes(range(32)))
NOTE = """\
trustnet.test/school
4711
AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=

"""


def _code(note: str, verifier: Verifier = SCHOOL) -> str:
    with pytest.raises(Refusal) as refusal:
        read_checkpoint(note, verifier)
    assert refusal.value.sentence("zh")
    return refusal.value.code


def test_what_is_signed_is_read_back() -> None:
    note = sign(HELD, KEY)

    assert note.startswith(NOTE + "\u2014 trustnet.test/school ")
    assert read_checkpoint(note, SCHOOL) == HELD


def test_the_signature_is_over_every_line() -> None:
    note = sign(HELD, KEY)

    assert _code(note.replace("4711", "4712")) == "checkpoint_not_signed"
    assert _code(note.replace("AAEC", "AAED")) == "checkpoint_not_signed"
    assert _code(note.replace("trustnet.test/school\n4711", "trustnet.test/other\n4711")) == "checkpoint_not_signed"


def test_another_key_and_another_journal_are_refused() -> None:
    note = sign(HELD, KEY)

    assert _code(sign(HELD, OTHER)) == "checkpoint_not_signed"
    assert _code(note, Verifier(name="trustnet.test/village", key=KEY.public_key())) == "checkpoint_not_signed"


def test_signatures_of_witnesses_are_passed_over() -> None:
    note = sign(HELD, KEY)
    body, signature = note.split("\n\n")
    witness = "\u2014 witness.test AAAAAAAA\n\u2014 trustnet.test/school !\nsomething else\n"

    assert read_checkpoint(f"{body}\n\n{witness}{signature}", SCHOOL) == HELD


@pytest.mark.parametrize(
    "note",
    ["", NOTE, NOTE.replace("4711", "-1"), NOTE.replace("4711", "04711"), NOTE.replace("AAEC", "AA") + "\u2014 a b\n"],
)
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    assert _code(note) == "checkpoint_unreadable"


def test_a_key_is_handed_out_and_read_back() -> None:
    written = str(SCHOOL)

    read = read_verifier(f"{written}\n")

    assert written.startswith("trustnet.test/school+")
    assert read_checkpoint(sign(HELD, KEY), read) == HELD


@pytest.mark.parametrize("change", [lambda key: "", lambda key: key[:-4], lambda key: key.replace("school", "other")])
def test_what_is_no_key_is_refused(change: object) -> None:
    assert callable(change)
    with pytest.raises(Refusal) as refusal:
        read_verifier(change(str(SCHOOL)))
    assert refusal.value.code == "verifier_key_unreadable"


def test_a_name_has_no_blanks() -> None:
    head = Head(seq=0, hash=GENESIS, entered_on=None, ticked_on=None)

    with pytest.raises(Refusal):
        checkpoint_of(head, "our school")
    assert checkpoint_of(head, "our-school").seq == 0
