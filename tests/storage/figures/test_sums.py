from storage.figures.sums import less, total


def test_a_sum_of_which_a_part_is_unknown_is_unknown() -> None:
    assert total([1, 2, 3]) == 6
    assert total([1.5, 2]) == 3.5
    assert total([]) == 0
    assert total([1, None, 3]) is None


def test_what_is_left_of_the_unknown_is_unknown() -> None:
    assert (less(10, 4), less(4.0, 10.0)) == (6, -6.0)
    assert (less(None, 4), less(10, None), less(None, None)) == (None, None, None)
