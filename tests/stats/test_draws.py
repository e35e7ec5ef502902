from lrlab.stats import Draws


def test_random_numbers_are_those_of_the_first_words_for_equal_or_negated_values():
    draws = Draws("ab12")

    def first(values, *words, **kind):
        return draws.of(values, *words, **kind).integers(2**60)

    one = first([1.0, 2.0, 4.0], "x")
    assert first([4.0, 1.0, 2.0], "y") == one
    assert first([-1.0, -2.0, -4.0], "z") == one
    assert first([1.0, 2.0, 4.0], "y", kind="other") != one
    assert first([1.0, 2.0, 5.0], "y") != one
