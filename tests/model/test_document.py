import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.errors import InputError
from skypact.model.document import Position, choice, field_name, nearest, read_document, shown

TEXT = """\
# a comment
one: 1
list:
  - {a: no, b: 0x1F}
  - a: 1.5e3
    b: ~
words: [on, 1:30, 012, 2024-01-02, "3"]
"""


def test_a_document_is_plain_data_with_the_line_of_every_value():
    document, faults = read_document(TEXT, "f.yaml")
    assert faults == []
    assert document.data == {
        "one": 1,
        "list": [{"a": "no", "b": 31}, {"a": 1500.0, "b": None}],
        "words": ["on", "1:30", 12, "2024-01-02", "3"],
    }
    assert document.position(("one",)) == Position("f.yaml", 2)
    assert document.position(("list", 0, "b")).line == 4
    assert document.position(("list", 1, "b")).line == 6
    assert document.position(("list", 1, "c")).line == 5, "what is missing stands where its mapping begins"
    assert [(path, value) for path, value in document.each("list", "*", "a")] == [
        (("list", 0, "a"), "no"),
        (("list", 1, "a"), 1500.0),
    ]


def test_double_keys_aliases_and_tags_are_faults_with_their_lines():
    _, faults = read_document("a: &x {b: 1}\na: 2\nc: *x\nd: !thing 3\n[e]: 4\n", "f.yaml")
    assert [(fault.line, fault.field) for fault in faults] == [(2, "a"), (1, "c"), (4, "d"), (5, "(file)")]


def test_one_document_laid_over_another_keeps_where_each_key_was_written():
    base, _ = read_document("a: 1\n\nb: {c: 2}\n", "base.yaml")
    child, _ = read_document("# x\na: 3\n", "child.yaml")
    both = child.over(base)
    assert both.data == {"a": 3, "b": {"c": 2}}
    assert both.position(("a",)) == Position("child.yaml", 2)
    assert both.position(("b", "c")) == Position("base.yaml", 3)


def test_the_nearest_name_is_found_without_regard_to_accents():
    assert nearest("Najran", ["Najrān", "Jizan"]) == "Najrān"
    assert nearest("zzz", ["Najrān", "Jizan"]) is None
    assert choice("Najran", [f"name {i}" for i in range(99)] + ["Najrān"]).endswith("one of 100 known names")


def test_field_names_read_as_people_write_them():
    assert field_name(("sensors", 3, "class")) == "sensors[3].class"
    assert field_name(()) == "(file)"
    assert shown(True) == "true"
    assert len(shown("x" * 500)) == 80


@given(text=st.text(max_size=60))
def test_any_text_is_a_document_or_has_faults(text):
    try:
        document, _ = read_document(text, "f")
    except InputError as error:
        faults = error.faults
    else:
        assert isinstance(document.data, dict)
        return
    assert len(faults) == 1


def test_texts_beyond_the_limits_are_refused_before_they_are_read():
    with pytest.raises(InputError, match="at most 500000"):
        read_document("a" * 500_001, "f")
