"""Every code of an error: with which status it is answered or that it ends a job, why, and what cures it."""

from collections.abc import Iterator
from dataclasses import dataclass

#: Where the codes are explained, below the gateway; each has an anchor.
PAGE = "/docs/errors"


@dataclass(frozen=True)
class Explained:
    """``statuses`` of HTTP; none for a code that only an ended job has."""

    cause: str
    cure: str
    statuses: tuple[int, ...] = ()


def explained_at(code: str) -> str:
    """The ``type`` of a problem with this code."""
    return f"{PAGE}#{code}"


_AGAIN = "Try again as `Retry-After` says; nothing was lost."
_ANOTHER = "Use another picture, as the message says."

#: What requests are answered with.
ANSWERED = {
    "not_signed_in": Explained(
        "No token, or one that ran out, was signed out or is not ours.",
        "Renew it by POST /user/token with the refresh token, or sign in.",
        (401,),
    ),
    "wrong_credentials": Explained(
        "The e-mail address or the password is wrong.", "Type them again, or sign up.", (401,)
    ),
    "wrong_refresh_token": Explained(
        "The refresh token is spent or unknown, or its sign-in has ended: a spent one that comes again after 10 "
        "seconds ends it.",
        "Sign in again.",
        (401,),
    ),
    "origin_refused": Explained(
        "A page of another origin sent a cookie.",
        "Let it use POST /user/token; the operator lists its origin in PROTEUS_ORIGINS.",
        (403,),
    ),
    "no_guests": Explained("The operator allows no guests.", "Sign up first.", (403,)),
    "fetch_not_allowed": Explained(
        "The operator lets nobody fetch pictures by their address (PROTEUS_FETCH_PICTURES).",
        "Save the picture and upload the file.",
        (403,),
    ),
    "link_spent": Explained(
        "The link was used before, is too old, or is none of ours.", "Ask for another.", (403,)
    ),
    "no_mail": Explained(
        "The operator has set no mail server (PROTEUS_SMTP_URL).",
        "Ask the operator for a link: `proteus users reset`.",
        (403,),
    ),
    "no_password": Explained("A guest has neither a password nor an address.", "Sign up first.", (403,)),
    "wrong_password": Explained("The current password is wrong.", "Type it again.", (403,)),
    "lane_not_allowed": Explained("The vip lane is for accounts.", "Sign up, or leave `lane` out.", (403,)),
    "route_not_found": Explained(
        "There is no such path, or none for you: /operations is for admins.",
        "See /docs for those that there are.",
        (404,),
    ),
    "object_not_found": Explained(
        "No object of yours has this key.", "Upload it, or take the key from an answer.", (404,)
    ),
    "garment_not_found": Explained(
        "No garment of yours has this id; of a job: no garment was found in the picture.",
        "Take the id from GET /garments; use a picture of the garment alone.",
        (404,),
    ),
    "body_not_found": Explained("You have told no measures.", "PUT them to /user/body first.", (404,)),
    "vton_not_found": Explained("No try-on of yours has this id.", "Take the id from GET /vton.", (404,)),
    "outfit_not_found": Explained(
        "No outfit of yours has this id.", "Take the id from GET /outfits.", (404,)
    ),
    "job_not_found": Explained("No job of yours has this id.", "Take the id from the job's POST.", (404,)),
    "kind_not_found": Explained(
        "There is no such kind of job.", "The message names those that there are.", (404,)
    ),
    "config_key_not_found": Explained(
        "There is no such policy key.", "Take it from GET /operations.", (404,)
    ),
    "dead_letter_not_found": Explained(
        "No dead letter has this number.", "Take it from GET /operations/deadletters.", (404,)
    ),
    "method_not_allowed": Explained(
        "The path has no such method.", "`Allow` names those that it has.", (405,)
    ),
    "body_too_slow": Explained("The body did not come in time.", "Send it again.", (408,)),
    "email_taken": Explained("There is an account with this address.", "Sign in.", (409,)),
    "conflict": Explained("Two requests changed the same thing at once.", "Send it again.", (409,)),
    "garment_class_missing": Explained(
        "Nobody has said what kind of garment it is.", "Say it in the request, or of the garment.", (409,)
    ),
    "chart_missing": Explained("The garment has no size chart.", "PUT one to the garment first.", (409, 422)),
    "chart_unsettled": Explained(
        "A chart without a unit or a kind cannot be confirmed.", "Say both in the chart.", (422,)
    ),
    "result_missing": Explained(
        "The try-on has no picture, or none any more.",
        "Wait until it is completed, or ask for it again.",
        (409,),
    ),
    "job_active": Explained(
        "Pictures of a try-on cannot change while a job runs.", "Cancel the job, or wait for it.", (409,)
    ),
    "job_ended": Explained("The job has ended: there is nothing to cancel.", "Look at it.", (409,)),
    "job_erased": Explained("The job of the dead letter is gone.", "Drop the letter.", (409,)),
    "job_not_failed": Explained("The job of the dead letter did not fail.", "Drop the letter.", (409,)),
    "needed_job_failed": Explained(
        "A job that this one needs failed or was cancelled.", "Ask for that one again, and name it.", (409,)
    ),
    "body_too_large": Explained("The body is larger than any request's.", "Upload pictures by URL.", (413,)),
    "picture_too_large": Explained(
        "The picture has too many bytes or pixels.", "Export it smaller, as the message says.", (413,)
    ),
    "type_not_supported": Explained(
        "The file's type is no picture's.", "Send JPEG, PNG, WebP, AVIF or HEIC.", (415,)
    ),
    "address_not_public": Explained(
        "The picture's address leads into a private network, or to a port that is no web server's.",
        "Save the picture and upload the file.",
        (422,),
    ),
    "picture_not_fetched": Explained(
        "No picture came from this address: the message says why.",
        "Save the picture and upload the file.",
        (422,),
    ),
    "invalid_request": Explained(
        "The body or a parameter is not as the document says.", "`errors` names where and what.", (422,)
    ),
    "invalid_value": Explained(
        "The policy key takes no such value.", "The message says which it takes.", (422,)
    ),
    "idempotency_key_reused": Explained(
        "This Idempotency-Key came with another body before.", "Use a new key for each request.", (422,)
    ),
    "too_many_attempts": Explained(
        "Too many wrong passwords, or new accounts, from one place.", "Wait as `Retry-After` says.", (429,)
    ),
    "too_many_jobs": Explained(
        "So many of your jobs wait already.", "Ask again when some are done, or cancel some.", (429,)
    ),
    "rate_limited": Explained(
        "More requests than one user may send in a minute.", "Wait as `Retry-After` says.", (429,)
    ),
    "internal_error": Explained(
        "Something went wrong here, and was logged.",
        "Try again; tell the operator the `X-Request-Id`.",
        (500,),
    ),
    "http_error": Explained("The request was not understood.", "The message says why.", (400, 406, 411, 501)),
    "storage_unavailable": Explained("The object store does not answer.", _AGAIN, (503,)),
    "queue_unavailable": Explained("The queue does not answer.", _AGAIN, (503,)),
    "queue_full": Explained("So many jobs of everybody wait that no more are taken.", _AGAIN, (503,)),
    "database_unavailable": Explained("The database does not answer.", _AGAIN, (503,)),
    "mail_busy": Explained("Too many letters wait to be sent.", _AGAIN, (503,)),
    "fetch_busy": Explained("Too many pictures are being fetched.", _AGAIN, (503,)),
    "sign_in_busy": Explained("Too many passwords are being checked.", _AGAIN, (503,)),
    "starting": Explained("The service is starting.", _AGAIN, (503,)),
}

#: What a job's ``error`` says.
ENDED = {
    "picture_empty": Explained("The file has no bytes.", "Upload it again."),
    "picture_type": Explained("The file is no picture that is read.", "Send JPEG, PNG, WebP, AVIF or HEIC."),
    "picture_unreadable": Explained("The file is damaged.", "Export it again."),
    "picture_too_large": Explained("It has too many bytes or pixels.", "Export it smaller."),
    "picture_too_small": Explained("It has too few pixels.", "Use a larger one."),
    "picture_missing": Explained("It was deleted before the job ran.", "Upload it again."),
    "picture_unusable": Explained("No engine could work with it.", _ANOTHER),
    "person_not_found": Explained(
        "Nobody was found in the person picture.", "Use one that shows the whole body."
    ),
    "several_people": Explained("Several people are alike in it.", "Use a picture of one."),
    "person_from_behind": Explained("The person is seen from behind.", "Use one from the front."),
    "person_turned": Explained("The person is turned away.", "Use one that faces the camera."),
    "person_sitting": Explained("The person is sitting.", "Use one of them standing."),
    "person_in_one_piece": Explained(
        "Trousers cannot go onto a dress.", "Use a photo in a top with trousers or a skirt."
    ),
    "photo_unsuitable": Explained(
        "A look at the photos found what no good picture can come of.", "Do what the message says."
    ),
    "photo_refused": Explained(
        "The vision model that moderates this site's photos refused one.",
        "Use another picture, if it was none of those that the site does not take.",
    ),
    "photo_unchecked": Explained(
        "The photos could not be looked at here.", "Ask without `check: refuse`, or tell the operator."
    ),
    "result_spoilt": Explained(
        "What came of the photos is not good enough to be shown, and the job asked for `check: refuse`.",
        "Use other photos, as the message says, or ask without it.",
    ),
    "person_unclear": Explained("The person could not be told from the rest.", _ANOTHER),
    "body_not_in_picture": Explained("The part that the garment covers is not in it.", _ANOTHER),
    "garment_not_found": Explained("No garment was found.", "Use a picture of the garment alone."),
    "garment_unclear": Explained("The garment could not be told from the rest.", _ANOTHER),
    "no_size_chart": Explained("No size chart was found.", "Give the chart's picture or text alone."),
    "chart_too_large": Explained("It has more than a chart has.", "Give the chart alone."),
    "cancelled": Explained("It was cancelled.", "Ask again, if it was not meant."),
    "body_deleted": Explained("The measures that it was asked for were erased.", "Tell them again."),
    "vton_deleted": Explained("Its try-on was deleted.", "Nothing is to be done."),
    "outfit_deleted": Explained("Its outfit was deleted.", "Nothing is to be done."),
    "account_deleted": Explained("Its user's account was deleted.", "Nothing is to be done."),
    "needed_job_failed": Explained("A job that it needs failed, or is gone.", "Ask for that one again."),
    "result_lost": Explained("The picture was lost in storage.", "Ask again."),
    "result_malformed": Explained(
        "A worker's answer could not be used.", "Ask again; the operator looks at workers."
    ),
    "result_refused": Explained("The answer could not be stored.", "Ask again."),
    "result_not_its_own": Explained(
        "A worker answered for a job that was not its own.", "The operator looks at it."
    ),
    "request_malformed": Explained("The request could not be read by a worker.", "The operator looks at it."),
    "storage_unavailable": Explained("Storage did not answer for long.", "Ask again later."),
    "worker_lost": Explained("The worker was lost each time.", "Ask again later; another picture may do."),
    "engine_fault": Explained("The machine could not run the model.", "Ask again later."),
    "engine_error": Explained("The engine failed on this job each time.", _ANOTHER),
}


def explanations() -> Iterator[tuple[str, str, str, str]]:
    """Each code once: code, statuses in words, cause, cure."""
    for code, told in sorted({**ENDED, **ANSWERED}.items()):
        statuses = [str(status) for status in told.statuses]
        words = ", ".join([*statuses, *(["a job's `error`"] if code in ENDED else [])])
        yield code, words, told.cause, told.cure
