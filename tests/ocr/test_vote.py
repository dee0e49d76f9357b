import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.recognise import Reading
from ocr.vote import similarity, vote

texts = st.text(alphabet="ABC0O18B", min_size=1, max_size=8)
readings = st.lists(st.builds(Reading, texts, st.floats(0.1, 1.0)), min_size=1, max_size=8)


def reads(*pairs):
    return [Reading(text, confidence) for text, confidence in pairs]


def test_two_agreeing_looks_beat_one_that_the_model_is_surer_of():
    verdict = vote(reads(("AB12CDE", 0.9), ("AB12CDE", 0.9), ("AB12CDF", 0.99)))
    assert (verdict.text, verdict.agreeing) == ("AB12CDE", 2)


def test_each_position_is_voted_on_its_own():
    assert vote(reads(("XB12CDE", 0.9), ("AX12CDE", 0.9), ("AB12CDX", 0.9))).text == "AB12CDE"


def test_a_look_that_misses_a_character_takes_part_where_it_lines_up():
    assert vote(reads(("AB12CDE", 0.9), ("AB12CDE", 0.9), ("B12CDE", 0.9))).text == "AB12CDE"


def test_looks_that_differ_by_usual_confusions_agree():
    verdict = vote(reads(("AB10CDE", 0.9), ("AB1OCDE", 0.9)))
    assert (verdict.agreement, verdict.agreeing) == (1.0, 2)


@given(readings)
def test_the_order_of_the_looks_does_not_matter(looks):
    assert vote(looks).text == vote(looks[::-1]).text


@given(texts, st.integers(1, 6))
def test_looks_that_all_say_the_same_are_believed(text, count):
    verdict = vote([Reading(text, 0.9)] * count)
    assert (verdict.text, verdict.agreeing) == (text, count)


@given(texts, texts)
def test_likeness_is_the_same_both_ways_and_whole_for_the_same_text(one, other):
    assert similarity(one, other) == similarity(other, one)
    assert similarity(one, one) == 1.0
    assert 0.0 <= similarity(one, other) <= 1.0


def test_a_first_character_that_changes_and_is_missing_elsewhere_is_a_crest():
    texts = ("RK485AF", "ERK485AF", "BRK485AF", "HRK485AF", "ERK485AF", "RK485AF")
    assert vote([Reading(text, 0.95) for text in texts]).text == "RK485AF"


def test_a_first_character_that_stays_the_same_is_one_although_some_looks_cut_it_off():
    texts = ("AB12CDE", "B12CDE", "AB12CDE", "B12CDE")
    assert vote([Reading(text, 0.95) for text in texts]).text == "AB12CDE"


def test_a_last_character_that_changes_and_is_missing_elsewhere_is_no_part_of_the_mark_either():
    texts = ("RK485AF", "RK485AFE", "RK485AFB", "RK485AFH", "RK485AFE", "RK485AF")
    assert vote([Reading(text, 0.95) for text in texts]).text == "RK485AF"


def test_one_look_with_a_character_more_is_outvoted():
    texts = ("AB12CDE", "AB12CDE", "AB12CDE", "AB12CDE", "AB12CDEI")
    assert vote([Reading(text, 0.95) for text in texts]).text == "AB12CDE"


def test_likeness_is_the_share_of_characters_that_agree_up_to_usual_confusions():
    assert similarity("AB12CDE", "AB12CDX") == pytest.approx(6 / 7)
    assert similarity("AB10CDE", "AB1OCDE") == 1.0
    assert similarity("AB12", "XY34") == 0.0


def test_what_half_of_the_looks_have_in_the_middle_is_a_sticker():
    texts = ("2T480211", "2T40211", "2T480211", "2T40211")
    assert vote([Reading(text, 0.95) for text in texts]).text == "2T40211"


def test_readings_without_any_confidence_agree_in_nothing():
    verdict = vote(reads(("AB12CDE", 0.0), ("AB12CDE", 0.0)))
    assert (verdict.text, verdict.agreement, verdict.agreeing) == ("AB12CDE", 0.0, 2)


def test_a_look_weighs_its_confidence_times_its_likeness_to_the_others():
    # Likeness 0.5 * (1 + 2/3) = 5/6 for each: 0.9 and 0.3 of it, so three quarters agree.
    verdict = vote(reads(("ABC", 0.9), ("ABK", 0.3)))
    assert (verdict.text, verdict.agreement) == ("ABC", pytest.approx(0.75))


def test_a_look_that_has_more_in_front_takes_part_where_it_lines_up():
    assert vote(reads(("AB12CDE", 0.5), ("AB12CDK", 0.5), ("HAB12CDK", 0.9))).text == "AB12CDK"


def test_of_a_text_of_one_character_nothing_is_left_out():
    assert vote(reads(("A", 0.5), ("B", 0.5), ("C", 0.5))).text in ("A", "B", "C")


def test_a_look_unlike_the_others_weighs_little():
    # Likeness 2/3, 2/3 and 1/3 of confidence 0.9, 0.9 and 0.3: 1.2 of 1.3.
    assert vote(reads(("ABC", 0.9), ("ABC", 0.9), ("XYZ", 0.3))).agreement == pytest.approx(12 / 13)


def test_an_edge_that_each_look_reads_in_another_way_stays_where_all_show_it():
    texts = ("ERK485AF", "BRK485AF", "HRK485AF")
    assert vote([Reading(text, 0.95) for text in texts]).text == "HRK485AF"


def test_of_a_longer_look_each_character_counts_at_its_own_place():
    assert vote(reads(("AB10CDE", 0.4), ("AB1XCDE", 0.4), ("HAB1OCDE", 0.7))).text == "AB1OCDE"


def test_of_lengths_of_the_same_weight_the_longest_count():
    assert vote(reads(("B12CD", 0.0), ("AB12CD", 0.0), ("AB12CDE", 0.0))).text == "AB12CDE"


def test_looks_at_nothing_are_no_text():
    assert vote(reads(("", 0.9))).text == ""
