"""An engine with seeds, for tests of what becomes of several pictures of one job."""

from dataclasses import replace

from gated_engine import Gated


class Seeded(Gated):
    """Gives each picture its job's seed, else the next one; or none. Its gate is open unless the test wants it."""

    def __init__(self, seeds=True, gated=False):
        super().__init__()
        self.info = replace(self.info, preview=False, sees=True, seeds=seeds)
        self.seeds, self.given = seeds, 0
        if not gated:
            self.open()

    def run(self, batch, progress, /):
        made = super().run(batch, progress)
        return [self._seeded(*pair) for pair in zip(batch, made, strict=True)]

    def _seeded(self, item, picture):
        self.given += 1
        seed = self.given if item.params.seed is None else item.params.seed
        return replace(picture, seed=seed if self.seeds else None)
