"""Identifiers, on published vectors and by property."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.identifiers import (
    LOCAL_SIZE_TYPES,
    ContainerNumber,
    container_flags,
    containers_in,
    decode_size_type,
    did_you_mean,
    display_number,
    is_iso_size_type,
    look_alikes,
    normalise_locode,
    parse_container,
    same_size_types,
    teu_of,
    uic_check_digit,
    wagon_flags,
)

numbers = st.builds(
    ContainerNumber,
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3),
    st.sampled_from("UJZ"),
    st.text("0123456789", min_size=6, max_size=6),
)


def parsed(text: str) -> ContainerNumber:
    number = parse_container(text)
    assert number is not None
    return number


@pytest.mark.parametrize("text", ["CSQU3054383", "csqu 305438 3", "CSQU-305438-3", "CSQU 305438 [3]", " CSQU.3054383 "])
def test_a_container_number_is_read_however_it_is_spaced(text: str) -> None:
    assert parsed(text) == ContainerNumber("CSQ", "U", "305438", 3)
    assert parsed(text).right
    assert parsed(text).display == "CSQU 305438 3"


@pytest.mark.parametrize("text", ["ＣＳＱＵ　３０５４３８－３", "csqu·305438·3", "CSQU 305438–3"])
def test_wide_letters_and_any_dash_or_dot_do_not_count(text: str) -> None:
    assert parsed(text).number == "CSQU3054383"


@given(numbers)
def test_a_letter_for_a_digit_leads_back_to_the_number(number: ContainerNumber) -> None:
    typed = number.number[:4] + number.number[4:].translate(str.maketrans("015", "OIS"))
    found = [each.number for each in look_alikes(typed)]
    assert found == ([] if typed == number.number else [number.number])


@pytest.mark.parametrize("text", ["CSQU 305438 3", "BK20611", "DB77140000", "CSQX 3O5438 3", ""])
def test_what_is_a_container_number_or_cannot_be_one_looks_like_none(text: str) -> None:
    assert look_alikes(text) == []


def test_container_numbers_are_found_in_a_message() -> None:
    text = "CSQU 305438 3 45G1 red; tolu473478-7, NYKU 000000 2 boxes? XCSQU3054383 BK20611"
    assert containers_in(text) == ["CSQU3054383", "TOLU4734787", "NYKU0000002"]
    assert containers_in("CSQU 305438 45G1") == ["CSQU305438"]


def test_a_local_size_type_stands_for_its_iso_code_and_all_its_other_names() -> None:
    assert {"45G1", "40HC", "40HQ"} <= set(same_size_types("40hc"))
    assert same_size_types("45G1") == same_size_types("40HC")
    assert same_size_types("ZZZZ") == ()


def test_a_wrong_check_digit_is_told_in_a_sentence() -> None:
    assert parsed("CSQU3054384").fault == "The check digit of CSQU 305438 is 3, not 4."
    assert parsed("CSQU3054383").fault == parsed("CSQU305438").fault == ""


@pytest.mark.parametrize("number", ["CSQU3054383", "TOLU4734787", "LSTU2044185", "QZHU3054385", "WLMU6120938"])
def test_published_numbers_pass_their_check(number: str) -> None:
    assert container_flags(number, None) is None


@pytest.mark.parametrize("prefix", ["NYKU000000", "CMAU163912", "APLU689473", "WSLU801743"])
def test_a_remainder_of_ten_is_written_zero_and_makes_the_number_weak(prefix: str) -> None:
    number = parsed(prefix)
    assert (number.remainder, number.expected_digit, number.weak) == (10, 0, True)
    assert container_flags(prefix + "0", None) is None
    assert container_flags(prefix + "1", None) == "check_digit"


def test_a_weak_number_suggests_the_swaps_that_pass_as_well() -> None:
    assert {"CMAU1693120", "CMAU1631920"} <= set(did_you_mean(parsed("CMAU1639120")))


def test_a_wrong_digit_suggests_the_right_one_first_and_then_swaps() -> None:
    assert did_you_mean(parsed("CSQU3054389"))[0] == "CSQU3054383"
    assert "CSQU3054383" in did_you_mean(parsed("CSQU3504383"))


def test_a_number_without_its_digit_gets_it() -> None:
    assert parsed("CSQU305438").number == "CSQU3054383"


@pytest.mark.parametrize("text", ["", "CSQU", "CSQX3054383", "CSQU30543833", "1234", "CSQU٣٠٥٤٣٨٣", "[/foo]"])
def test_what_has_not_the_shape_is_no_container_number(text: str) -> None:
    assert parse_container(text) is None
    assert display_number(text) == text


@pytest.mark.parametrize(
    ("number", "size_type", "flags"),
    [
        ("CSQU3054383", "45G1", None),
        (None, None, None),
        ("MSKU1234567", "40HC", "check_digit size_type"),
        ("CSQU305438", "22G1", "number"),
        ("csqu3054383", None, "number"),
        ("CSQU305438X", None, "number"),
        ("CSQU30543A3", None, "number"),
        ("CSQU3054383", "ZZZZ", "size_type"),
        ("CSQU3054383", "", "size_type"),
    ],
)
def test_flags_name_what_is_wrong(number: str | None, size_type: str | None, flags: str | None) -> None:
    assert container_flags(number, size_type) == flags


@given(numbers)
def test_the_table_and_the_parser_agree_on_the_right_digit(number: ContainerNumber) -> None:
    for digit in range(10):
        text = f"{number.owner}{number.category}{number.serial}{digit}"
        assert (container_flags(text, None) is None) == (digit == number.expected_digit) == parsed(text).right


def by_the_standard(text: str) -> int:
    """ISO 6346, annex A, step by step: equivalents without the multiples of 11, weighed by powers of two, modulo 11."""
    equivalents = [value for value in range(10, 39) if value % 11]
    values = [int(sign) if sign.isdigit() else equivalents[ord(sign) - ord("A")] for sign in text]
    return sum(value << place for place, value in enumerate(values)) % 11


@given(numbers)
def test_the_check_digit_is_that_of_the_standard_ten_written_as_zero(number: ContainerNumber) -> None:
    remainder = by_the_standard(f"{number.owner}{number.category}{number.serial}")
    assert number.remainder == remainder
    assert number.expected_digit == (0 if remainder == 10 else remainder)


@given(numbers, st.integers(0, 5), st.integers(1, 9))
def test_one_wrong_digit_of_the_serial_is_found_unless_remainders_ten_and_zero_meet(
    number: ContainerNumber, place: int, by: int
) -> None:
    digit = (int(number.serial[place]) + by) % 10
    other = ContainerNumber(
        number.owner, number.category, f"{number.serial[:place]}{digit}{number.serial[place + 1 :]}",
        number.expected_digit,
    )  # fmt: skip
    assert other.remainder != number.remainder
    assert not other.right or {other.remainder, number.remainder} == {0, 10}


@given(numbers, st.integers(0, 9))
def test_every_suggestion_passes_its_check_and_differs(number: ContainerNumber, digit: int) -> None:
    asked = ContainerNumber(number.owner, number.category, number.serial, digit)
    for candidate in did_you_mean(asked):
        assert parsed(candidate).right
        assert candidate != asked.number


@given(st.text(max_size=15), st.text(max_size=6))
def test_any_text_can_be_asked_about(number: str, size_type: str) -> None:
    container_flags(number, size_type)
    wagon_flags(number)
    parse_container(number)
    normalise_locode(number)
    decode_size_type(size_type)


@pytest.mark.parametrize(
    ("code", "length", "group", "teu"),
    [
        ("22G1", "20 ft", "general purpose", 1.0),
        ("45G1", "40 ft", "general purpose", 2.0),
        ("45R1", "40 ft", "reefer", 2.0),
        ("L5G1", "45 ft", "general purpose", 2.0),
        ("12G1", "10 ft", "general purpose", 0.5),
        ("30G1", "30 ft", "general purpose", 1.5),
        ("22T6", "20 ft", "tank", 1.0),
    ],
)
def test_a_size_type_says_length_kind_and_teu(code: str, length: str, group: str, teu: float) -> None:
    decoded = decode_size_type(code)
    assert decoded is not None
    assert (decoded.length, decoded.group, decoded.teu, decoded.local) == (length, group, teu, False)


@pytest.mark.parametrize(
    ("local", "meant"), [("40HC", "45G1"), ("22GP", "22G1"), ("20DV", "22G1"), ("4200", "42G1"), ("4500", "45G1"),
                         ("2210", "22G1"), ("45HC", "L5G1")]
)  # fmt: skip
def test_a_local_code_is_read_and_its_raw_form_kept(local: str, meant: str) -> None:
    decoded = decode_size_type(local)
    assert decoded is not None
    assert (decoded.code, decoded.raw, decoded.local) == (meant, local, True)
    assert container_flags(None, local) == "size_type"


def test_every_local_code_stands_for_an_iso_one_and_is_none_itself() -> None:
    assert all(is_iso_size_type(meant) for meant in LOCAL_SIZE_TYPES.values())
    assert not any(is_iso_size_type(local) for local in LOCAL_SIZE_TYPES)


def test_a_45_foot_box_counts_by_the_rule_of_the_site() -> None:
    assert (teu_of("L5G1"), teu_of("L5G1", teu_45=2.25), teu_of("22G1", teu_45=2.25)) == (2.0, 2.25, 1.0)


def test_an_unknown_size_type_has_no_teu() -> None:
    assert teu_of(None) is None
    assert teu_of("ZZZZ") is None


def test_size_in_words() -> None:
    decoded = decode_size_type("45G1")
    assert decoded is not None
    assert decoded.words == "40 ft high cube 9 ft 6 in, general purpose"
    assert decoded.length_mm == 12192


@pytest.mark.parametrize("number", [None, "*****", "************", "1234567", "12345678901", "١٢٣٤٥٦٧٨٩٠١٢"])
def test_a_number_that_has_not_twelve_digits_is_never_wrong(number: str | None) -> None:
    assert wagon_flags(number) is None


@pytest.mark.parametrize("number", ["21 81 2471 217-3", "D-DB 21812471217-3", "218124712173"])
def test_uic_numbers_may_have_letters_and_punctuation(number: str) -> None:
    assert wagon_flags(number) is None
    assert wagon_flags(number.replace("217", "271")) == "check_digit"


def test_the_worked_example_of_the_uic_leaflet() -> None:
    assert uic_check_digit("21812471217") == 3
    assert wagon_flags("21 81 2471 217-3") is None
    assert wagon_flags("21 81 2471 217-4") == "check_digit"


def test_a_locomotive_number_of_seven_digits_has_the_same_check() -> None:
    assert uic_check_digit("103001") == 4  # DB 103 001-4
    with pytest.raises(ValueError, match="11 or 6"):
        uic_check_digit("12345")


@given(st.text("0123456789", min_size=11, max_size=11))
def test_exactly_one_check_digit_passes(digits: str) -> None:
    passing = [digit for digit in range(10) if wagon_flags(f"{digits}{digit}") is None]
    assert passing == [uic_check_digit(digits)]


@pytest.mark.parametrize(
    ("text", "code"), [("CNQZH", "CNQZH"), ("cn qzh", "CNQZH"), ("CNCKG", "CNCQI"), ("CNQ1H", None), ("Qinzhou", None)]
)
def test_a_place_code_has_its_shape_and_trade_aliases_are_resolved(text: str, code: str | None) -> None:
    assert normalise_locode(text) == code
