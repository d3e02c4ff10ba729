"""What documents say of settings, routes and messages is what the code says."""

from docs.generate import ROOT, stale


def test_generated_documents_are_what_the_code_says():
    assert [str(path.relative_to(ROOT)) for path in stale()] == [], "run `make docs`"
