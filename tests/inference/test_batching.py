"""What shares a pass and when it begins, by the policy alone."""

from dataclasses import dataclass

from inference.batching import due, fill


@dataclass(frozen=True)
class Item:
    name: str
    bucket: str = "any"
    vip: bool = False
    arrived: float = 0.0


def names(joined):
    return "".join(item.name for item in joined)


def row(text, **kinds):
    """One item a letter; capitals are vip; ``kinds`` are buckets of letters."""
    return [Item(letter, kinds.get(letter, "any"), letter.isupper()) for letter in text]


def test_a_batch_is_filled_to_its_size_in_the_order_of_arrival():
    joined, _ = fill([], [], row("abcd"), 3, 0)
    assert names(joined) == "abc"
    joined, _ = fill(row("ab"), [], row("cd"), 3, 0)
    assert names(joined) == "c"
    assert fill(row("abc"), [], row("d"), 2, 0) == ([], 0), "a limit that became smaller"


def test_a_batch_is_of_the_bucket_of_its_first():
    joined, _ = fill([], row("A", A="large"), row("abc", b="large"), 8, 0)
    assert names(joined) == "Ab"
    joined, _ = fill(row("x", x="small"), row("AB", B="small"), row("cd", c="small"), 8, 0)
    assert names(joined) == "Bc"


def test_three_vips_go_before_one_that_waits_and_the_run_is_counted_across_batches():
    taken, vip, standard, run = "", row("ABCDEFG"), row("ab"), 0
    while joined := fill([], vip, standard, 1, run):
        (batch, run) = joined
        if not batch:
            break
        taken += names(batch)
        vip = [item for item in vip if item not in batch]
        standard = [item for item in standard if item not in batch]
    assert taken == "ABCaDEFbG"
    assert fill([], row("A"), [], 1, 0)[1] == 0, "nobody waits for the vips"


def test_nothing_is_due_of_nothing_a_full_batch_at_once_and_another_a_window_after_its_first():
    assert due([], 4, 1.0) is None
    assert due(row("ab"), 2, 1.0) == float("-inf")
    assert due([Item("a", arrived=5.0), Item("b", arrived=6.0)], 4, 0.5) == 5.5
