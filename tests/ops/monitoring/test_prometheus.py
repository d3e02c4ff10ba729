"""A real Prometheus watches a hundred jobs: every panel shows something, no alert fires, each metric has one owner."""

import asyncio
import io
import json
import math
import time
from asyncio.subprocess import PIPE, STDOUT
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from expressions import INTERVAL, metrics_in, panels, rules
from loopback import http_client
from PIL import Image
from programs import program
from watched import Watched, watched

from benchmarks.system.shopper import FINAL, Shopper, events, sign_up
from docs.dashboards import DASHBOARDS, draw
from schemas.jobs import SPECS

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

USERS, JOBS_EACH = 4, 25
ALERTS, RECORDED = rules("alerts.yaml"), rules("recording.yaml")
#: Says how quick the machine is; on a slow one that is no fault of what is tested here.
OF_THE_MACHINE = {"ProteusGatewaySlow"}
#: The weaver and the tailor are one program with one module of metrics.
WORKERS = {spec.pool.name for spec in SPECS.values()}


def _picture(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (96, 128), colour).save(buffer, "JPEG")
    return buffer.getvalue()


async def _shop(shopper: Shopper, ask: list[dict]) -> None:
    """Ask for it, one after the other, and hear of every ending."""
    async with await shopper.listen() as socket:
        waiting = {await shopper.submit(**options) for options in ask}
        async for event in events(socket):
            if event["status"] in FINAL:
                waiting.discard(event["job_id"])
            if not waiting:
                return


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def busy(tmp_path_factory: pytest.TempPathFactory):
    """A system after a hundred try-ons on both lanes, a few with a cut-out before them, and one bad picture."""
    free = {"PROTEUS_SIMULATED_A": "0", "PROTEUS_SIMULATED_B": "0", "PROTEUS_GPU_HOUR_PRICE": "2.5"}
    async with watched(tmp_path_factory.mktemp("watched"), **free) as system, AsyncExitStack() as stack:
        await system.until('count(up{job=~"gateway|weaver|tailor|fitter|arbitrator"} == 1) == 5')
        shoppers = [
            await stack.enter_async_context(sign_up(system.url, _picture("beige"), _picture("navy")))
            for _ in range(USERS)
        ]
        asks = [
            [
                {"lane": "vip" if number % 10 == 0 else "standard", "clean": number == 1}
                for number in range(JOBS_EACH)
            ]
            for _ in shoppers
        ]
        unlucky = await stack.enter_async_context(sign_up(system.url, _picture("beige"), b"no picture"))
        await asyncio.wait_for(
            asyncio.gather(
                _shop(unlucky, [{}]), *(_shop(*each) for each in zip(shoppers, asks, strict=True))
            ),
            600,
        )
        # Each service's last scrape has it all, and the recording rules have been evaluated over it.
        jobs = USERS * JOBS_EACH
        for expression in (
            f'sum(proteus_jobs_total{{kind="try_on",status="completed"}}) == {jobs}',
            'sum(proteus_jobs_total{kind="try_on",status="failed"}) == 1',
            f'sum(proteus_worker_jobs_total{{kind="try_on",status="completed"}}) == {jobs}',
            'sum(proteus_worker_jobs_total{kind="try_on",status="failed"}) == 1',
            f'sum(proteus_worker_jobs_total{{kind="tailor",status="completed"}}) == {USERS}',
            f'sum(proteus_jobs_total{{kind="tailor",status="completed"}}) == {USERS}',
            "sum(proteus:queue_lag) == 0 and max(proteus_outbox_depth) == 0 and max(proteus_ledger_lag) == 0",
            'proteus:jobs_completed:rate5m{kind="try_on"} > 0',
            'proteus:cost_per_image:ratio_rate1h{kind="try_on"} > 0',
        ):
            await system.until(expression)
        yield system


async def test_every_query_of_every_panel_returns_data(busy: Watched):
    empty = []
    for dashboard, title, query in panels():
        series = await busy.query_range(query.replace(INTERVAL, "1m"))
        if not any(math.isfinite(float(value)) for one in series for _, value in one["values"]):
            empty.append(f"{dashboard}, {title}: {query}")
    assert empty == []


async def test_no_alert_fires_on_a_healthy_system(busy: Watched):
    assert await busy.query_range('ALERTS{alertstate="firing"}') == []
    about = {name for name, alert in ALERTS.items() if await busy.query(alert["expr"])}
    assert about - OF_THE_MACHINE == set(), "would fire if it stayed so"


async def test_every_metric_that_is_asked_for_is_there(busy: Watched):
    """An alert on a name that nobody exports would be silent, too."""
    asked = [query for _, _, query in panels()]
    asked += [rule["expr"] for rule in (*ALERTS.values(), *RECORDED.values())]
    names = set().union(*(metrics_in(expression) for expression in asked))
    assert len(names) > 25
    missing = [name for name in sorted(names) if not await busy.query(f'count({{__name__="{name}"}})')]
    assert missing == []


async def test_each_metric_is_exported_by_one_service(busy: Watched):
    owners: dict[str, set[str]] = {}
    for series in await busy.query('count by (__name__, job) ({__name__=~"proteus_.+"})'):
        owners.setdefault(series["metric"]["__name__"], set()).add(series["metric"]["job"])
    shared = {name: jobs for name, jobs in owners.items() if len(jobs) > 1 and not jobs <= WORKERS}
    assert shared == {}
    for name, jobs in owners.items():
        assert name.startswith("proteus_worker_") == bool(jobs & WORKERS), name


async def test_promtool_finds_nothing_to_mend_in_any_metrics(busy: Watched):
    async with http_client() as http:
        for service, url in busy.targets.items():
            body = (await http.get(f"{url}/metrics")).content
            promtool = await asyncio.create_subprocess_exec(
                program("promtool"), "check", "metrics", stdin=PIPE, stdout=PIPE, stderr=STDOUT
            )
            said, _ = await asyncio.wait_for(promtool.communicate(body), 60)
            assert (promtool.returncode, said.decode()) == (0, ""), service


async def test_the_numbers_are_those_of_the_run(busy: Watched):
    async def value(expression: str) -> float:
        (series,) = await busy.query(expression)
        return float(series["value"][1])

    jobs = USERS * JOBS_EACH
    assert (
        await value('proteus_worker_failures_total{kind="try_on",code!~".*engine.*|worker_lost|storage.*"}')
        == 1
    )
    assert await value('sum(proteus_worker_wait_seconds_count{kind="try_on"})') == jobs
    assert await value('proteus_worker_wait_seconds_count{kind="try_on",lane="vip"}') == jobs * 3 // 25
    assert await value('sum(proteus_worker_batch_size_sum{kind="try_on"})') == jobs, "each job is in one pass"
    # 2.50 an hour, for as long as the weaver has been there.
    hours = (time.time() - await value('process_start_time_seconds{job="weaver"}')) / 3600
    assert 0 < await value("sum(proteus_worker_cost_total)") <= 2.5 * hours


async def test_the_documents_pictures_can_be_drawn(busy: Watched):
    for path in DASHBOARDS.glob("*.json"):
        dashboard = json.loads(path.read_text())
        figure = await asyncio.to_thread(draw, dashboard, str(busy.prometheus.base_url), 0.5, "1m")
        titles = [axes.get_title(loc="left") for axes in figure.axes]
        assert titles == [panel["title"] for panel in dashboard["panels"]]
        assert "no data" not in {text.get_text() for axes in figure.axes for text in axes.texts}
