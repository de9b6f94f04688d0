"""CSV whose cells no spreadsheet runs."""

import pytest

from config.lib.csv_text import csv_text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx"], ids=ascii)
def test_a_text_that_begins_like_a_formula_is_a_text(text):
    cell = csv_text(["a"], [[text]]).split("\r\n", 1)[1].strip('"\r\n')
    assert cell.startswith("'")


def test_numbers_stay_numbers_and_commas_and_quotes_stay_in_their_cell():
    assert csv_text(["=a", "b"], [[-1.5, 'x, "y"'], [None, 0]]) == '\'=a,b\r\n-1.5,"x, ""y"""\r\n,0\r\n'
