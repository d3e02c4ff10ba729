"""What the OpenAPI document says in words, and how callers say who they are."""

from services.gateway.accounts.sessions import COOKIE

DESCRIPTION = """\
Upload a photo of a person and a picture of a garment, ask for a try-on, and fetch the picture.

1. **Sign in**: `POST /user/token` with `{"email", "password"}`, or `{"guest": true}` where guests are allowed. Send its
   `access_token` as `Authorization: Bearer`; renew it with `{"refresh_token"}`. Each refresh token is good once; an
   answer that was lost is given again within 10 seconds. Browsers have a cookie instead: `POST /user/login`.
2. **Upload** both pictures: `POST /images/presignedUploadUrl`, then PUT the file there, with the headers it names.
3. **Ask**: `POST /jobs/try_on` with the two keys. It answers 202 with a `job_id`, or 200 with the finished job if that
   ends within the S seconds (at most 30) of a header `Prefer: wait=S`.
4. **Wait**: a WebSocket on `/ws` tells each change (see /asyncapi); or poll `GET /jobs/{job_id}`.
5. **Fetch** the picture: `POST /images/presignedDownloadUrl` with the job's `result_s3_key`, then GET its `url`.

**Errors** are RFC 9457 problems; `code` is for programs and never changes its meaning, `type` links to
[what to do](/docs/errors). Each answer has an `X-Request-Id`; of a request that changed
something or failed it stands in our log, too.

**Repeats**: `POST /jobs/{kind}`, `/vton`, `/garments`, `/outfits`, `/api/snap` and `/api/upload/cloth` take an
`Idempotency-Key`: for as long as what it made is kept, the same key with the same body answers with that, and with
another body 422.

**Lists** are pages, newest first unless they say otherwise: `?limit=`, and `?cursor=` with the `next_cursor` before.

**Limits**: answers of counted routes say in `RateLimit` how many requests are left (`r`) and in how many seconds all
are again (`t`), and in `RateLimit-Policy` how many one user may send (`q`) in how many seconds (`w`); a 429 has
`Retry-After`, in seconds.

**Versions**: fields, kinds of job and codes of errors are added and not taken away: ignore what you do not know. What
is to go is marked `deprecated` for one minor version at least.
"""

TAGS = {
    "user": "Accounts, sign-in and tokens.",
    "vton": "Try-ons of a person and a garment, with their jobs.",
    "garments": "What a shop or a shopper keeps of a garment: pictures, fabric, size chart.",
    "outfits": "Several garments on one person, by jobs that need each other.",
    "images": "Presigned URLs: pictures go straight to and from the object store.",
    "jobs": "Asking for work, one route a kind, and how it goes.",
    "short API": "A few calls for integrators, on the same jobs.",
    "operations": "What goes on, and steering it; for admins.",
}

#: How a caller says who they are; either will do.
SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "For programs: `access_token` of POST /user/token, which also renews it.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "For browsers: set by POST /user/login, /user/signup and /user/guest.",
    },
}

#: For whoever comes.
OPEN = (
    "/user/signup",
    "/user/guest",
    "/user/login",
    "/user/token",
    "/user/password/forgot",
    "/user/password/reset",
    "/user/email/confirm",
)
