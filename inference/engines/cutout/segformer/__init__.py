"""SegFormer for clothes: which pixel is which garment or part of the body."""
