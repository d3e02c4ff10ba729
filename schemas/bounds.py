"""How much a field of a message may hold: what PostgreSQL can store, and no sender can make us carry.

Every field of every message that is stored has one; a test looks at them.
"""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

#: PostgreSQL has no text with a NUL.
NO_NUL = r"^[^\x00]*$"

#: A name, a code, a choice.
Word = Annotated[str, StringConstraints(max_length=255, pattern=NO_NUL)]
#: What a person reads.
Sentence = Annotated[str, StringConstraints(max_length=4000, pattern=NO_NUL)]
#: Of anything that is counted, pixels too: a 32-bit number.
Count = Annotated[int, Field(ge=0, lt=2**31)]
#: Of JSON's own kind: a text or true is none.
Real = Annotated[float, Field(allow_inf_nan=False, strict=True)]
#: Milliseconds, of waits that may last for months.
Milliseconds = Annotated[int, Field(ge=0, lt=2**53)]
#: Of deliveries of a job: with room to count on in a 32-bit column.
Attempt = Annotated[int, Field(ge=1, le=1_000_000)]
#: Of a random generator: the same one makes the same picture.
Seed = Annotated[int, Field(ge=0, lt=2**32)]
#: Counted from 1.
Number = Annotated[int, Field(ge=1, lt=2**31)]


def _of_our_time(value: datetime) -> datetime:
    if not datetime(2000, 1, 1, tzinfo=UTC) <= value < datetime(2200, 1, 1, tzinfo=UTC):
        raise ValueError("must lie between the years 2000 and 2200")
    return value


#: A time that two clocks can differ about and PostgreSQL can hold in any zone.
Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
