"""Secrets that are kept so that Agora can read them again, and nobody else."""

import pytest

from config.lib.sealing import Unreadable, seal, unseal


def test_a_secret_is_read_again_and_looks_different_every_time():
    first, second = seal("open sesame", "door"), seal("open sesame", "door")
    assert first != second
    assert "sesame" not in first
    assert unseal(first, "door") == unseal(second, "door") == "open sesame"


def test_it_opens_for_its_purpose_and_its_key_alone(settings):
    sealed = seal("open sesame", "door")
    with pytest.raises(Unreadable):
        unseal(sealed, "window")
    before = settings.SECRET_KEY
    settings.SECRET_KEY = "another"
    with pytest.raises(Unreadable):
        unseal(sealed, "door")
    settings.SECRET_KEY_FALLBACKS = [before]
    assert unseal(sealed, "door") == "open sesame"


@pytest.mark.parametrize("damaged", ["", "x", "äöü", "AAAA", "A" * 100])
def test_what_is_damaged_is_refused(damaged):
    with pytest.raises(Unreadable):
        unseal(damaged, "door")
