"""What may be uploaded is said in many ways, and means one thing."""

import pytest

from schemas.objects import cleaned_key, is_upload, result_key, upload_key
from schemas.pictures import picture_type


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("image/jpeg", "image/jpeg"),
        ("image/jpg", "image/jpeg"),
        ("image/pjpeg", "image/jpeg"),
        ("IMAGE/JPG", "image/jpeg"),
        ("Image/JPEG; charset=binary", "image/jpeg"),
        (" image/png ;q=1", "image/png"),
        ("image/x-png", "image/png"),
        ("image/webp;", "image/webp"),
        ("image/heic-sequence", "image/heic"),
        ("image/HEIF", "image/heif"),
        ("image/avif", "image/avif"),
        ("image/svg+xml", None),
        ("text/html; image/jpeg", None),
        ("image/jpeg, text/html", None),
        ("image", None),
        ("", None),
        ("image/jpeg\r\nX-Evil: 1", None),
    ],
)
def test_a_content_type_is_known_by_what_it_means(said, meant):
    assert picture_type(said) == meant


def test_what_somebody_sent_is_told_from_what_we_made():
    user = "01a1fb76-2e3e-711a-9500-83e450476a7c"
    assert is_upload(upload_key(user, "image/png"))
    assert not is_upload(cleaned_key(user, "job")) and not is_upload(result_key(user, "job"))
