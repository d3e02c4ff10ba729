"""A second wording of advice by an operator's own language model: of the sentences alone, never of what they say.

What a line names (a section and its verdict, or that something is uncertain) and every number in it stay; an answer
that would change one is not taken.
"""

import json
import re
from collections.abc import Callable, Sequence

from inference.chat import ChatFailed, Message

#: Before the first of these a line says what it is about, in words that are compared elsewhere.
_HEADS = re.compile(r"^(?:less certain: |[\w ]+: [a-z ]+\. )")
_NUMBER = re.compile(
    r"\d+(?:[.,]\d+)?"
    r"|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|half|both)\b",
    re.I,
)
#: What advice never claims, whoever words it.
_CLAIMS = re.compile(
    r"will fit|fits? (?:you |perfectly|exactly)|perfect|true to size|guarant|recommend|%", re.I
)
_LONGEST = 300
_SYSTEM = (
    "You reword sentences about how a garment sits. You get a JSON list of texts and answer with a JSON list of as "
    "many texts in the same order and language, in plain, friendly words. Keep every number and every size as it is, "
    "add none, claim nothing more. Answer with the JSON list alone."
)

Ask = Callable[[Sequence[Message]], str]  # (messages) -> answer. Raises ChatFailed


def reworded(lines: Sequence[str], ask: Ask) -> tuple[str, ...]:
    """The lines, each in other words where those say the same numbers. Raises ChatFailed."""
    heads = [match[0] if (match := _HEADS.match(line)) else line for line in lines]
    tails = [line[len(head) :] for line, head in zip(lines, heads, strict=True)]
    wanted = [tail for tail in tails if tail]
    if not wanted:
        return tuple(lines)
    question = json.dumps(wanted, ensure_ascii=False)
    answer = ask([{"role": "system", "content": _SYSTEM}, {"role": "user", "content": question}])
    said = iter(_texts(answer, len(wanted)))
    return tuple(
        head + (_checked(tail, next(said)) if tail else "") for head, tail in zip(heads, tails, strict=True)
    )


def _texts(answer: str, count: int) -> list[str]:
    """The list in an answer, which models like to fence."""
    try:
        texts = json.loads(answer[answer.index("[") : answer.rindex("]") + 1])
    except ValueError:
        raise ChatFailed("the answer holds no list") from None
    if not isinstance(texts, list) or len(texts) != count or not all(isinstance(one, str) for one in texts):
        raise ChatFailed(f"the answer is no list of {count} texts")
    return texts


def _checked(tail: str, other: str) -> str:
    """The other words if they hold the same numbers and sizes, nothing that is never claimed, and one short line."""
    other = " ".join(other.split())
    size = tail.partition(" leaves ")[0] if " leaves " in tail else ""
    same = _numbers(tail) == _numbers(other) and _capitals(tail) == _capitals(other) and size in other
    claims = _CLAIMS.search(other) and not _CLAIMS.search(tail)
    return other if same and not claims and 0 < len(other) <= _LONGEST else tail


def _numbers(text: str) -> set[str]:
    return {number.lower().replace(",", ".") for number in _NUMBER.findall(text)}


def _capitals(text: str) -> set[str]:
    """Words without a small letter: sizes such as M and XL. What begins a sentence has small ones, but for A and I."""
    return {word for word in re.findall(r"\b[^\W\d_]+\b", text) if word.isupper()} - {"A", "I"}
