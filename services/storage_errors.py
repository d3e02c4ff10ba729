"""What an S3's refusals mean to whoever set it up."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

#: A store that knows where the bucket is says so beside one of these.
_ELSEWHERE = ("PermanentRedirect", "AuthorizationHeaderMalformed")
DENIED = ("AccessDenied", "AllAccessDisabled", "403")
_CURES = {
    "AccessDenied": "the key needs s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket",
    "InvalidAccessKeyId": "AWS_ACCESS_KEY_ID is no key of this store",
    "SignatureDoesNotMatch": "AWS_SECRET_ACCESS_KEY does not belong to the key, or a proxy changed the request",
    "RequestTimeTooSkewed": "this machine's clock is wrong: set it by NTP",
    "ExpiredToken": "the key has run out: these settings take one that lasts",
    "NoSuchBucket": "S3_BUCKET is not there: run `proteus provision`",
    "PermanentRedirect": "the bucket is in another region: set S3_REGION, and S3_ENDPOINT_URL to that region's",
    "AuthorizationHeaderMalformed": "S3_REGION is not the region of the bucket",
    "IllegalLocationConstraintException": "S3_ENDPOINT_URL is of another region than S3_REGION",
}


def explained(error: ClientError) -> str:
    """What the store said, and the cure where it is known."""
    told: Mapping[str, Any] = error.response["Error"]
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    cure = _CURES.get(told["Code"])
    if told["Code"] in _ELSEWHERE and (region := told.get("Region") or headers.get("x-amz-bucket-region")):
        cure = f"the bucket is in {region}: set S3_REGION, and S3_ENDPOINT_URL where it names another region"
    return f"{error}: {cure}" if cure else str(error)


def lacks(permission: str, what: str) -> str:
    """For a key that may not do something while the system is set up."""
    return f"the key may not {what}: give it {permission}, or do it yourself and run this again"
