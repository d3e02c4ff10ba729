"""Every accepted job ends once, whatever is broken meanwhile: seed 1."""


async def test_every_part_and_every_line(storm):
    await storm("plain", seed=1, jobs=200, seconds=40)


async def test_a_cluster_whose_leader_dies_again_and_again(storm):
    await storm("cluster", seed=1, jobs=80, seconds=15)
