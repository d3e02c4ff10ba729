"""What an admin sees of the checks of results: rates by engine and check, and the worst of the day."""

from schemas.verdicts import Inspection, QualityCheck


def _found(value, verdict, kept=True):
    checks = [
        QualityCheck(name="face", value=value, threshold=6.0, verdict=verdict),
        QualityCheck(name="mirrored", value=None, threshold=0.02, verdict="skipped"),
    ]
    return Inspection(verdict=verdict, checks=checks, kept=kept)


async def test_an_admin_sees_rates_by_engine_and_check_and_the_worst_results_first(site, shopper, admin):
    found = {}
    for made in (
        [_found(9.0, "retry")],
        [_found(50.0, "reject")],
        [_found(30.0, "retry")],
        [_found(20.0, "retry", kept=False), _found(1.0, "pass")],
    ):
        job = await shopper.try_on()
        request = await site.request(job=job)
        await site.ended(request, inspections=made, verdict=made[-1].verdict)
        found[job] = made[-1].verdict
        while (await shopper.http.get(f"/jobs/{job}")).json()["status"] != "completed":
            pass
    first, second, third, _ = found
    seen = (await admin.http.get("/operations/quality")).json()
    rates = {rate["check"]: rate for rate in seen["rates"]}
    assert {rate["engine"] for rate in seen["rates"]} == {"puppet"}
    for check in ("all", "face"):
        counts = [rates[check][name] for name in ("looked", "retry", "reject", "skipped")]
        assert counts == [5, 3, 1, 0], check
    assert [rates["mirrored"][name] for name in ("looked", "retry", "skipped")] == [5, 0, 5]
    assert [one["job_id"] for one in seen["worst"]] == [second, third, first]
    assert [check["name"] for check in seen["worst"][0]["checks"]] == ["face"]
