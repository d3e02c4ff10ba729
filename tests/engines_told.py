"""An operator's words to engines, said in code: each takes those that it declares."""


def told(**values):
    return lambda options: options(**values)
