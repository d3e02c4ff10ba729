"""Every accepted job ends once, whatever is broken meanwhile: seed 2."""


async def test_every_part_and_every_line(storm):
    await storm("plain", seed=2, jobs=200, seconds=40)


async def test_clocks_that_jump_an_hour(storm):
    await storm("clock", seed=2, jobs=60, seconds=7)


async def test_nats_comes_back_with_an_empty_disk(storm):
    await storm("wiped", seed=2, jobs=60, seconds=5)
