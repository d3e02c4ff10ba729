"""Pictures that were damaged on purpose."""

import random


def mutate(rng: random.Random, data: bytes) -> bytes:
    """A few of: bytes flipped, a run overwritten, cut off, doubled, numbers made huge."""
    body = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(body))
        match rng.randrange(5):
            case 0:
                body[at] ^= 1 << rng.randrange(8)
            case 1:
                body[at : at + rng.randint(1, 32)] = rng.randbytes(rng.randint(1, 32))
            case 2:
                del body[max(16, at) :]
            case 3:
                body[at:at] = body[at : at + 64]
            case _:
                body[at : at + 4] = b"\xff\xff\xff\xff"
    return bytes(body)
