"""Headers that are written without folding are what the standard library would have written."""

import string
from email.policy import compat32

from hypothesis import given
from hypothesis import strategies as st

from notifications import mail

PRINTABLE = "".join(char for char in string.printable if char.isprintable())
OLD = compat32.clone(linesep=mail.CRLF)


@given(
    st.sampled_from(["To", "Subject", "List-Unsubscribe", "X-Leadrelay-Template"]),
    st.one_of(st.text(PRINTABLE, max_size=100), st.text(max_size=100)),
)
def test_a_header_is_the_same_as_with_folding(name: str, text: str) -> None:
    value = mail._header(text, name)
    assert mail._POLICY.fold_binary(name, value) == OLD.fold_binary(name, value)
