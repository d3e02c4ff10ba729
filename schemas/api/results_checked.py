"""What an admin sees of the checks of results."""

from pydantic import AwareDatetime, BaseModel, Field

from schemas.bounds import Word
from schemas.ids import JobId
from schemas.verdicts import QualityCheck, Verdict


class CheckRate(BaseModel):
    """One check of one engine's results; ``all`` is the verdict that follows from every check."""

    engine: Word = Field(description="What made the results.")
    check: Word = Field(description="Its name, or `all`.")
    looked: int = Field(description="Pictures that it was asked about, those made again among them.")
    retry: int = Field(description="Of them, those to be made again.")
    reject: int = Field(description="Of them, those not to be shown.")
    skipped: int = Field(description="Of them, those that it could say nothing of.")


class PoorResult(BaseModel):
    """A result that was shown although a check doubts it. Its pictures are its user's alone."""

    job_id: JobId
    at: AwareDatetime = Field(description="When its job ended.")
    engine: Word = Field(description="What made it.")
    verdict: Verdict = Field(description="Of the picture that was kept.")
    checks: list[QualityCheck] = Field(description="Those that doubt it, the farthest off first.")


class ResultsChecked(BaseModel):
    """Of the newest 5,000 results of the last day."""

    rates: list[CheckRate] = Field(description="By engine, then by check.")
    worst: list[PoorResult] = Field(description="A dozen at most, the worst first.")
