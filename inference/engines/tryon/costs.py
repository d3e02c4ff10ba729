"""What a forward pass costs on a GPU, as it was measured once: what is expected until a worker has measured its own.

One NVIDIA H200, torch 2.11, bf16, full-size random weights; seconds of ``b`` pictures together.
"""

from schemas.workers import ServiceTimes

#: 0.12 + 1.59 b at 30 steps and 864x576. Its canvas has one size, so no level of quality makes it smaller.
FASHN = ServiceTimes(
    per_pass=0.12, per_image_work=1.59 / (30 * 0.497664), megapixels=0.497664, steps=30, long_side=1
)
#: 0.16 + 1.13 b at 20 steps and 1024x768. At 768x576 it is 0.15 + 0.48 b, a quarter less than this law says.
CATVTON = ServiceTimes(
    per_pass=0.16, per_image_work=1.13 / (20 * 0.786432), megapixels=0.786432, steps=50, long_side=1024
)
